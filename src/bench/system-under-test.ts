import { StreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';

/** The running program, as one or several processes. */
export interface SystemUnderTest {
  /** Creates the clients for the load and the predictions. */
  readonly broker: Broker;
  readonly pids: readonly number[];
  /** Base URL of each process. */
  readonly urls: readonly string[];
  /** Drains and stops the program. Rejects if it failed. */
  stop(): Promise<void>;
}

/** Sum of the counts reported by all processes. */
export interface Done {
  readonly predictions: number;
  readonly deadLetters: number;
}

export async function doneBy({ urls }: SystemUnderTest): Promise<Done> {
  const counts = await Promise.all(urls.map(statsOf));
  return {
    predictions: counts.reduce((sum, { predictions }) => sum + predictions, 0),
    deadLetters: counts.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
  };
}

/** The active model. */
export async function modelOf({ urls: [url = ''] }: SystemUnderTest): Promise<ModelIdentity> {
  return (await statsOf(url)).model;
}

async function statsOf(url: string): Promise<Done & { readonly model: ModelIdentity }> {
  const response = await fetch(`${url}/api/v1/stats`, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok)
    throw new StreamInferError(
      'INTERNAL',
      `GET /api/v1/stats of the measured process failed with status ${response.status}`,
    );
  return (await response.json()) as Done & { readonly model: ModelIdentity };
}
