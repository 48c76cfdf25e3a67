import { messageOf } from '../core/errors';
import type { Log, OutcomeObserver } from '../core/ports';
import type { Outcome } from '../core/prediction';
import type { MemoryResults } from './memory-store';
import type { ResultsStore } from './store/store';
import type { ResultsView, StoredResults, StoreStatus } from './view';

/**
 * What readers see: the store as long as it can be used, else the latest predictions in memory. Those are always kept,
 * so that a store that fails leaves no gap.
 *
 * @param store null where results are to be kept in memory only
 */
export function createResults(
  memory: MemoryResults,
  store: ResultsStore | null,
  log: Log,
): ResultsView & OutcomeObserver {
  /** A store that fails while it is asked is one that cannot be used. */
  async function from<T>(ask: (results: StoredResults) => Promise<T>, instead: () => T): Promise<T> {
    if (!store?.usable) return instead();
    try {
      return await ask(store);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the results store gave no answer; answered from memory');
      return instead();
    }
  }

  return {
    onOutcomes(outcomes: readonly Outcome[], publishMs: number): void {
      memory.onOutcomes(outcomes, publishMs);
      store?.onOutcomes(outcomes);
    },
    list: (filter) =>
      from(
        (stored) => stored.list(filter),
        () => memory.list(filter),
      ),
    get: (id) =>
      from(
        async (stored) => (await stored.get(id)) ?? memory.get(id),
        () => memory.get(id),
      ),
    // An image that was shed on its way to the store may still be in memory.
    pixels: (id) =>
      from(
        async (stored) => (await stored.pixels(id)) ?? memory.pixels(id),
        () => memory.pixels(id),
      ),
    confusion: () =>
      from(
        (stored) => stored.confusion(),
        () => memory.confusion(),
      ),
    history: (minutes) =>
      from(
        (stored) => stored.history(minutes),
        () => memory.history(minutes),
      ),
    stats: () => memory.stats(),
    status: (): StoreStatus => ({
      kind: store?.usable ? 'sqlite' : 'memory',
      path: store?.path ?? null,
      alarm: store?.alarm ?? null,
      queued: store?.queued ?? 0,
      shedImages: store?.shed.images ?? 0,
      shedRows: store?.shed.rows ?? 0,
    }),
  };
}
