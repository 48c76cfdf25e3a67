import { StreamInferError } from '../core/errors';
import type { Broker } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';

/** The running program under measurement, as one or several processes. */
export interface SystemUnderTest {
  /** Clients to its broker, for the load and for reading the predictions. */
  readonly broker: Broker;
  readonly pids: readonly number[];
  /** Of each process. */
  readonly urls: readonly string[];
  /** Drains and ends it. Rejects if it had failed. */
  stop(): Promise<void>;
}

/** What all processes together have done with the load, by their own count. */
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

/** The model that it serves. */
export async function modelOf({ urls: [url = ''] }: SystemUnderTest): Promise<ModelIdentity> {
  return (await statsOf(url)).model;
}

async function statsOf(url: string): Promise<Done & { readonly model: ModelIdentity }> {
  const response = await fetch(`${url}/api/v1/stats`, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok)
    throw new StreamInferError('INTERNAL', `the measured process answers ${response.status} about itself`);
  return (await response.json()) as Done & { readonly model: ModelIdentity };
}
