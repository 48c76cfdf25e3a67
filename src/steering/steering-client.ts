import type { SeekMove } from '../core/seek';
import type { AuditEntry, SteeringState } from '../core/steering';
import { ProcessClient, type ProcessServer } from '../setup/process-client';

/** Who asks, and why. */
export interface Asker {
  readonly by: string;
  readonly reason: string;
}

/** The process gives up a seek or the start of workers after a minute, ms. */
const LONG_MS = 70_000;
const AGENT = 'stream-infer-ctl';

/** Changes the stream of a running process over HTTP. Rejects as `ProcessClient` does. */
export class SteeringClient {
  readonly #process: ProcessClient;

  constructor(server: ProcessServer) {
    this.#process = new ProcessClient({ ...server, agent: AGENT });
  }

  async state(): Promise<SteeringState> {
    return (await this.#process.get('/api/v1/steering')) as SteeringState;
  }

  /** What limits the stream now, in a sentence or two. */
  async bottleneck(): Promise<string> {
    const { bottleneck } = (await this.#process.get('/api/v1/stats')) as {
      readonly bottleneck: { readonly headline: string; readonly detail: string };
    };
    return `${bottleneck.headline}. ${bottleneck.detail}`;
  }

  /** Newest first. */
  async history(limit: number): Promise<readonly AuditEntry[]> {
    const answer = await this.#process.get(`/api/v1/steering/log?limit=${limit}`);
    return (answer as { entries: readonly AuditEntry[] }).entries;
  }

  async seek(asker: Asker, to: string): Promise<SteeringState & { readonly moves: readonly SeekMove[] }> {
    return (await this.#process.post('/api/v1/steering/seek', { ...asker, to }, LONG_MS)) as SteeringState & {
      readonly moves: readonly SeekMove[];
    };
  }

  async setWorkers(asker: Asker, workers: number | 'auto'): Promise<SteeringState> {
    const body = { ...asker, workers };
    return (await this.#process.post('/api/v1/steering/workers', body, LONG_MS)) as SteeringState;
  }

  async change(
    action: 'pause' | 'resume' | 'rate' | 'drain',
    asker: Asker,
    fields: object = {},
  ): Promise<SteeringState> {
    return (await this.#process.post(`/api/v1/steering/${action}`, { ...asker, ...fields })) as SteeringState;
  }
}
