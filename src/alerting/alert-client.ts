import { decodePng } from '../codec/picture-png';
import { StreamInferError, messageOf, type ErrorCode, ERROR_CODES } from '../core/errors';
import type { StoredEvent } from '../core/event';
import type { Picture } from '../core/picture';

export interface AlertServer {
  /** Address of the running process, such as `http://localhost:8080`. */
  readonly url: string;
  readonly token?: string | undefined;
}

export interface AlertChoice {
  readonly rule?: string | undefined;
  /** Only unacknowledged alerts. */
  readonly open: boolean;
  /** At most 500. */
  readonly limit: number;
}

/** Time-out of one request, ms. */
const ANSWER_MS = 10_000;

/**
 * Reads alerts of a running process over HTTP, since that process owns the results store. Every method rejects with
 * NOT_READY (no answer) or with the error code of the server: NOT_FOUND, UNAUTHORIZED, …
 */
export class AlertClient {
  constructor(private readonly server: AlertServer) {}

  /** Newest first. */
  async list({ rule, open, limit }: AlertChoice): Promise<readonly StoredEvent[]> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(rule !== undefined && { rule }),
      ...(open && { acknowledged: 'false' }),
    });
    const { alerts } = (await this.#json(`/api/v1/alerts?${query.toString()}`)) as {
      alerts: readonly StoredEvent[];
    };
    return alerts;
  }

  async show(number: number): Promise<StoredEvent> {
    return (await this.#json(`/api/v1/alerts/${number}`)) as StoredEvent;
  }

  async acknowledge(number: number, by: string, note: string): Promise<StoredEvent> {
    return (await this.#json(`/api/v1/alerts/${number}/ack`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by, note }),
    })) as StoredEvent;
  }

  /** The image of an alert in colour, at most as large as a thumbnail; null if it has none. */
  async picture({ id, images }: StoredEvent): Promise<Picture | null> {
    if (!images.image) return null;
    const response = await this.#fetch(`/api/v1/events/${encodeURIComponent(id)}/image.png`);
    if (!response.ok) return null;
    return await decodePng(Buffer.from(await response.arrayBuffer()));
  }

  async #json(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await this.#fetch(path, init);
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body;
    const { code, detail } = (body ?? {}) as { code?: string; detail?: string };
    const known = code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : 'NOT_READY';
    throw new StreamInferError(known, detail ?? `${this.server.url} answered HTTP ${response.status}`);
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { url, token } = this.server;
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    try {
      return await fetch(new URL(path, url), { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS) });
    } catch (error) {
      throw new StreamInferError(
        'NOT_READY',
        `no stream-infer answers at ${url} (${messageOf(error)}); start it, or set --url`,
        { cause: error },
      );
    }
  }
}
