import { decodePng } from '../codec/picture-png';
import type { StoredEvent } from '../core/event';
import type { Picture } from '../core/picture';
import { ProcessClient, type ProcessServer } from '../setup/process-client';

export interface AlertChoice {
  readonly rule?: string | undefined;
  /** Only unacknowledged alerts. */
  readonly open: boolean;
  /** At most 500. */
  readonly limit: number;
}

/** Reads alerts of a running process over HTTP, since that process owns the results store. Rejects as `ProcessClient` does. */
export class AlertClient {
  readonly #process: ProcessClient;

  constructor(server: ProcessServer) {
    this.#process = new ProcessClient(server);
  }

  /** Newest first. */
  async list({ rule, open, limit }: AlertChoice): Promise<readonly StoredEvent[]> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(rule !== undefined && { rule }),
      ...(open && { acknowledged: 'false' }),
    });
    const { alerts } = (await this.#process.get(`/api/v1/alerts?${query.toString()}`)) as {
      alerts: readonly StoredEvent[];
    };
    return alerts;
  }

  async show(number: number): Promise<StoredEvent> {
    return (await this.#process.get(`/api/v1/alerts/${number}`)) as StoredEvent;
  }

  async acknowledge(number: number, by: string, note: string): Promise<StoredEvent> {
    return (await this.#process.post(`/api/v1/alerts/${number}/ack`, { by, note })) as StoredEvent;
  }

  /** The image of an alert in colour, at most as large as a thumbnail; null if it has none. */
  async picture({ id, images }: StoredEvent): Promise<Picture | null> {
    if (!images.image) return null;
    const response = await this.#process.fetch(`/api/v1/events/${encodeURIComponent(id)}/image.png`);
    if (!response.ok) return null;
    return await decodePng(Buffer.from(await response.arrayBuffer()));
  }
}
