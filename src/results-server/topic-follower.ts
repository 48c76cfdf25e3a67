import { setTimeout as sleep } from 'node:timers/promises';
import { isStreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Log, MessageSource } from '../core/ports';
import { MOST_AT_ONCE } from './decode-deliveries';

/** What is done with the deliveries of one topic. Rejects with NOT_READY as long as the store cannot be used. */
export type Take = (deliveries: readonly Delivery[]) => Promise<void>;

const RETRY_MS = 200;

/**
 * Reads a topic until `signal` aborts: nothing further is taken, and nothing settled, before what was taken is stored. So
 * the stream waits for the store here, and no part of it is left out.
 */
export async function followTopic(
  source: MessageSource,
  take: Take,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const deliveries = await source.receive(MOST_AT_ONCE, signal);
    if (deliveries.length === 0) continue;
    if (await untilTaken(deliveries, take, log, signal)) source.settle(deliveries);
  }
}

async function untilTaken(
  deliveries: readonly Delivery[],
  take: Take,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      await take(deliveries);
      return true;
    } catch (error) {
      if (!isStreamInferError(error) || error.code !== 'NOT_READY') throw error;
      if (tries === 0)
        log.warn({ error: error.message }, 'not stored yet; nothing further is read until it is');
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
