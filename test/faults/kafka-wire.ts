/** A proxy between a client and Kafka that can select and change responses of the protocol. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Of requests (Kafka's protocol, "API keys"). */
export const API = { OFFSET_FETCH: 9, ADD_OFFSETS_TO_TXN: 25, END_TXN: 26, TXN_OFFSET_COMMIT: 28 } as const;

export interface Request {
  readonly key: number;
  readonly version: number;
  readonly correlation: number;
}

/** Replaces `answer` (with its correlation id, without its length); undefined drops it. */
export type Change = (request: Request, answer: Buffer) => Buffer | undefined;

export class KafkaWire {
  /** For every answer, while it is set. */
  change: Change | undefined;
  /** Delay of an answer, ms. */
  delay: ((request: Request) => number) | undefined;
  /** Holds back a request and closes its connection if it returns true. */
  keep: ((request: Request, frame: Buffer) => boolean) | undefined;
  #targetPort = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (client) => this.#accept(client));
  }

  static async start(): Promise<KafkaWire> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new KafkaWire(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  to(port: number): void {
    this.#targetPort = port;
  }

  /** Sends the held request on a new connection; resolves with the response. */
  async deliver(frame: Buffer): Promise<Buffer> {
    const upstream = connect(this.#targetPort, '127.0.0.1');
    this.#sockets.add(upstream);
    const answer = new Promise<Buffer>((resolve, reject) => {
      upstream.on('error', reject);
      onFrames(upstream, resolve);
    });
    send(upstream, frame);
    try {
      return await answer;
    } finally {
      this.#sockets.delete(upstream);
      upstream.destroy();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    const upstream = connect(this.#targetPort, '127.0.0.1');
    const requests = new Map<number, Request>();
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    onFrames(client, (frame) => {
      const correlation = frame.readInt32BE(4);
      const request = { key: frame.readInt16BE(0), version: frame.readInt16BE(2), correlation };
      if (this.keep?.(request, frame) === true) return void client.destroy();
      requests.set(correlation, request);
      send(upstream, frame);
    });
    onFrames(upstream, (frame) => {
      const request = requests.get(frame.readInt32BE(0));
      if (request !== undefined) requests.delete(request.correlation);
      const answer = request === undefined || this.change === undefined ? frame : this.change(request, frame);
      if (answer === undefined) return;
      const ms = request === undefined ? 0 : (this.delay?.(request) ?? 0);
      if (ms === 0) send(client, answer);
      else setTimeout(() => send(client, answer), ms);
    });
  }
}

/** The NOT_COORDINATOR response to OffsetFetch of version 8 or 9: KIP-709. */
export function notCoordinator({ key, version, correlation }: Request, group: string): Buffer {
  if (key !== API.OFFSET_FETCH || version < 8)
    throw new Error(`not known: request ${key}, version ${version}`);
  const name = Buffer.from(group);
  const [noTags, noTopics, oneGroup, throttle] = [0, 1, 2, 0];
  const head = Buffer.alloc(4);
  head.writeInt32BE(correlation);
  const code = [0, 16];
  const start = [noTags, throttle, throttle, throttle, throttle, oneGroup, name.length + 1];
  return Buffer.concat([head, Buffer.from(start), name, Buffer.from([noTopics, ...code, noTags, noTags])]);
}

/** Each message has its length before it. */
function onFrames(socket: Socket, use: (frame: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    for (;;) {
      if (chunks.length > 1 && bytes >= 4 && (chunks[0]?.length ?? 0) < 4) chunks = [Buffer.concat(chunks)];
      const length = bytes < 4 ? Infinity : (chunks[0]?.readInt32BE(0) ?? Infinity);
      if (bytes < 4 + length) return;
      const all = Buffer.concat(chunks);
      use(all.subarray(4, 4 + length));
      chunks = [all.subarray(4 + length)];
      bytes -= 4 + length;
    }
  });
}

function send(socket: Socket, frame: Buffer): void {
  if (socket.destroyed) return;
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  socket.write(Buffer.concat([length, frame]));
}
