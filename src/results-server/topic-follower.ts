import { setTimeout as sleep } from 'node:timers/promises';
import { isStreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Log, MessageSource } from '../core/ports';
import { MOST_AT_ONCE } from './decode-deliveries';

/** Stores the deliveries of one topic. Rejects with NOT_READY while the store is unusable. */
export type StoreDeliveries = (deliveries: readonly Delivery[]) => Promise<void>;

const RETRY_MS = 200;

/**
 * Reads a topic until `signal` aborts. Each batch is stored and settled before the next one is taken, so that the reader
 * waits for the store and skips nothing.
 */
export async function followTopic(
  source: MessageSource,
  store: StoreDeliveries,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const deliveries = await source.receive(MOST_AT_ONCE, signal);
    if (deliveries.length === 0) continue;
    if (await untilStored(deliveries, store, log, signal)) source.settle(deliveries);
  }
}

async function untilStored(
  deliveries: readonly Delivery[],
  store: StoreDeliveries,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      await store(deliveries);
      return true;
    } catch (error) {
      if (!isStreamInferError(error) || error.code !== 'NOT_READY') throw error;
      if (tries === 0) log.warn({ error: error.message }, 'cannot store records; reading paused, retrying');
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
