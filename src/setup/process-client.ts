import { StreamInferError, messageOf, type ErrorCode, ERROR_CODES } from '../core/errors';

export interface ProcessServer {
  /** Address of the running process, such as `http://localhost:8080`. */
  readonly url: string;
  readonly token?: string | undefined;
  /** Names the client to the process. */
  readonly agent?: string;
}

/** Time-out of one request, ms. */
const ANSWER_MS = 10_000;

/**
 * Calls the HTTP API of a running process. Every method rejects with NOT_READY (no answer), or with the error code of
 * the server: NOT_FOUND, UNAUTHORIZED, …
 */
export class ProcessClient {
  constructor(private readonly server: ProcessServer) {}

  async get(path: string): Promise<unknown> {
    return await this.#json(path);
  }

  /** @param timeoutMs of the answer */
  async post(path: string, body: object, timeoutMs?: number): Promise<unknown> {
    return await this.#json(path, {
      ...(timeoutMs !== undefined && { signal: AbortSignal.timeout(timeoutMs) }),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Any answer, also one with an error status. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { url, token, agent } = this.server;
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (agent !== undefined) headers.set('user-agent', agent);
    try {
      return await fetch(new URL(path, url), { signal: AbortSignal.timeout(ANSWER_MS), ...init, headers });
    } catch (error) {
      throw new StreamInferError(
        'NOT_READY',
        `no stream-infer answers at ${url} (${messageOf(error)}); start it, or set --url`,
        { cause: error },
      );
    }
  }

  async #json(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await this.fetch(path, init);
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body;
    const { code, detail } = (body ?? {}) as { code?: string; detail?: string };
    const known = code !== undefined && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'NOT_READY';
    throw new StreamInferError(known, detail ?? `${this.server.url} answered HTTP ${response.status}`);
  }
}
