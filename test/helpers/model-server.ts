import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Content of a request that was answered with scores. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/**
 * null: answer. A number: that status. `hang`: no answer. `reset`: the connection breaks. `alternate`: every second
 * request gets HTTP 500, as behind a load balancer with a broken replica.
 */
export type Trouble = number | 'hang' | 'reset' | 'alternate' | null;

/**
 * A model server that a test controls, with three classes and grey images of 2 × 2 pixels: the class is the first pixel.
 * Images whose first pixel is 99 are refused with HTTP 400, and with 98 the server fails.
 */
export class ModelServer {
  trouble: Trouble = null;
  retryAfter: string | undefined;
  /** Time for an answer, ms. */
  delayMs = 0;
  /** Without it, tensors are sent as JSON. */
  takesBinary = false;
  readonly seen: SeenRequest[] = [];
  /** No answer to requests for metadata, or this status. */
  metadataTrouble: number | 'hang' | null = null;
  /** In the metadata of the Open Inference Protocol. */
  versions: readonly string[] = ['1'];
  /** Its text of an error. */
  detail = 'in trouble';
  /** Requests with images. */
  asked = 0;
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Has no effect while it runs. */
  async start(): Promise<this> {
    if (this.#server !== null) return this;
    const server = createServer((request, response) => void this.#receive(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Ends it with all its connections; `start` uses the same port again. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const path = request.url ?? '';
    if (request.method === 'GET') return this.#sendMetadata(path, response);
    this.asked++;
    if (this.delayMs > 0) await sleep(this.delayMs);
    const trouble = this.#troubleNow();
    if (trouble === 'hang') return;
    if (trouble === 'reset') return void request.socket.destroy();
    if (trouble !== null) {
      if (this.retryAfter !== undefined) response.setHeader('retry-after', this.retryAfter);
      return void send(response, trouble, { error: this.detail });
    }
    const seen = { path, headers: request.headers, body: Buffer.concat(chunks) };
    const firsts = firstPixels(seen);
    if (firsts.includes(99)) return void send(response, 400, { error: 'not this one' });
    if (firsts.includes(98)) return void send(response, 500, { error: 'poison' });
    this.seen.push(seen);
    send(response, 200, answerTo(path, firsts));
  }

  #sendMetadata(path: string, response: ServerResponse): void {
    const { metadataTrouble: trouble } = this;
    if (trouble === 'hang') return;
    if (trouble === null) return send(response, 200, this.#metadata(path));
    send(response, trouble, { error: this.detail });
  }

  #troubleNow(): Exclude<Trouble, 'alternate'> {
    if (this.trouble !== 'alternate') return this.trouble;
    return this.asked % 2 === 1 ? 500 : null;
  }

  #metadata(path: string): object {
    if (path === '/v2') return { extensions: this.takesBinary ? ['binary_tensor_data'] : [] };
    if (path.startsWith('/v2'))
      return {
        name: 'three',
        versions: this.versions,
        inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [-1, 2, 2, 1] }],
        outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 3] }],
      };
    const tensor = (sizes: readonly number[]) => ({
      dtype: 'DT_FLOAT',
      tensor_shape: { dim: sizes.map((size) => ({ size: String(size), name: '' })) },
    });
    const serving_default = { inputs: { x: tensor([-1, 4]) }, outputs: { y: tensor([-1, 3]) } };
    return {
      model_spec: { name: 'three', version: '7' },
      metadata: { signature_def: { signature_def: { serving_default } } },
    };
  }
}

function firstPixels({ path, headers, body }: SeenRequest): number[] {
  if (path.startsWith('/v2')) return fromTensor(headers, body);
  if (!path.startsWith('/v1')) return [0];
  const { instances } = JSON.parse(String(body)) as { instances: number[][] };
  return instances.map(([first = 0]) => Math.round(first * 255));
}

function fromTensor(headers: SeenRequest['headers'], body: Buffer): number[] {
  const length = headers['inference-header-content-length'];
  const json = length === undefined ? body : body.subarray(0, Number(length));
  const { inputs } = JSON.parse(String(json)) as { inputs: { shape: number[]; data?: number[] }[] };
  const values = inputs[0]?.data ?? [...body.subarray(json.length)];
  return Array.from({ length: inputs[0]?.shape[0] ?? 0 }, (_, i) => values[i * 4] as number);
}

function answerTo(path: string, firsts: readonly number[]): object {
  const scores = firsts.map((first) => [0, 1, 2].map((label) => (label === first % 3 ? 0.8 : 0.1)));
  if (path.startsWith('/v2')) return { outputs: [{ name: 'scores', datatype: 'FP32', data: scores.flat() }] };
  if (path.startsWith('/v1')) return { predictions: scores };
  return { className: 'b', confidence: 0.75 };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
