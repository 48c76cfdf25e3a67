import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Semaphore } from '../../core/async/semaphore';
import { StreamInferError } from '../../core/errors';
import { createMask, type Mask } from './mask';
import type { RemoteSettings } from './settings';

/** Largest answer, in bytes: 1000 classes of 256 images are about 5 MB of JSON. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;
/** Silence that is worth a report, ms; longer for a server whose latest answer took longer. */
const SILENCE_MS = 2_000;
const SILENCE_OF_LATEST = 2;

export interface HttpAnswer {
  /** `POST https://host/path`, for messages. */
  readonly what: string;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Requests with a bound on the time of the whole exchange and on the size of the answer. Redirects are not followed. */
export class HttpCaller {
  /** For texts of the server. */
  readonly mask: Mask;
  readonly origin: string;
  readonly #requests: Semaphore;
  #isClosed = false;
  /** Start of each running request, the oldest first. */
  readonly #running = new Map<object, number>();
  #latest = { time: 0, tookMs: 0 };
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };

  constructor(
    private readonly options: Pick<RemoteSettings, 'url' | 'headers' | 'timeoutMs' | 'concurrency'>,
  ) {
    this.mask = createMask(options);
    this.origin = new URL(options.url).origin;
    this.#requests = new Semaphore(options.concurrency);
    const kept = { keepAlive: true, maxSockets: options.concurrency };
    this.#agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) };
  }

  /** Rejects with TIMEOUT, with NOT_READY when closed, or with the error of the connection. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    // In the queue of an agent, the time of a request would begin before the server has it.
    const release = await this.#requests.acquire();
    try {
      if (this.#isClosed) throw new StreamInferError('NOT_READY', 'the process is stopping');
      const started = performance.now();
      this.#running.set(request, started);
      const answer = await this.#exchange(request);
      const time = performance.now();
      this.#latest = { time, tookMs: time - started };
      return answer;
    } finally {
      this.#running.delete(request);
      release();
    }
  }

  /** Time for which running requests have had no answer, ms; null while that is usual. */
  get silentMs(): number | null {
    const [oldest] = this.#running.values();
    if (oldest === undefined) return null;
    const silentMs = performance.now() - Math.max(oldest, this.#latest.time);
    return silentMs < Math.max(SILENCE_MS, SILENCE_OF_LATEST * this.#latest.tookMs) ? null : silentMs;
  }

  async #exchange({ method, url, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const { timeoutMs } = this.options;
    const late = new StreamInferError('TIMEOUT', `no answer within ${timeoutMs} ms`);
    const isSecure = url.protocol === 'https:';
    const options = {
      method,
      agent: isSecure ? this.#agents.https : this.#agents.http,
      headers: {
        accept: 'application/json',
        ...(body && { 'content-length': String(body.length) }),
        ...headers,
        ...this.options.headers,
      },
    };
    return await new Promise((resolve, reject) => {
      const receive = (response: IncomingMessage): void => {
        read(response).then(
          (received) =>
            resolve({
              what: `${method} ${shownUrl(url)}`,
              status: response.statusCode ?? 0,
              retryAfter: response.headers['retry-after'],
              body: received,
            }),
          reject,
        );
      };
      const request = isSecure ? requestHttps(url, options, receive) : requestHttp(url, options, receive);
      const timer = setTimeout(() => request.destroy(late), timeoutMs);
      request.on('error', reject);
      request.on('close', () => clearTimeout(timer));
      request.end(body);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

/** Without a query, which may hold a key. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_ANSWER_BYTES) throw new Error(`the answer has more than ${MOST_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
