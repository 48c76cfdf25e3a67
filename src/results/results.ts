import { messageOf } from '../core/errors';
import type { Log, OutcomeObserver } from '../core/ports';
import type { Outcome } from '../core/prediction';
import type { MemoryResults } from './memory-store';
import type { ResultsStore } from './store/store';
import type { ResultsView, StoredResults, StoreStatus } from './view';

/**
 * The results for readers: from the store while it is usable, else from memory. The latest predictions are always kept in
 * memory, so a failing store leaves no gap.
 *
 * @param store null keeps results in memory only
 */
export function createResults(
  memory: MemoryResults,
  store: ResultsStore | null,
  log: Log,
): ResultsView & OutcomeObserver {
  /** A failing query is treated like an unusable store. */
  async function from<T>(ask: (results: StoredResults) => Promise<T>, instead: () => T): Promise<T> {
    if (!store?.usable) return instead();
    try {
      return await ask(store);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'results store did not answer; answered from memory');
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
    total: (conditions) =>
      from(
        (stored) => stored.total(conditions),
        () => memory.total(conditions),
      ),
    get: (id) =>
      from(
        async (stored) => (await stored.get(id)) ?? memory.get(id),
        () => memory.get(id),
      ),
    // An image that the store dropped may still be in memory.
    image: (id) =>
      from(
        async (stored) => (await stored.image(id)) ?? memory.image(id),
        () => memory.image(id),
      ),
    confusion: () =>
      from(
        (stored) => stored.confusion(),
        () => memory.confusion(),
      ),
    matrix: () =>
      from(
        async (stored) => (await stored.confusion()).matrix,
        () => memory.matrix(),
      ),
    history: (minutes) =>
      from(
        (stored) => stored.history(minutes),
        () => memory.history(minutes),
      ),
    stats: () => memory.stats(),
    status: (): StoreStatus => ({
      kind: store?.usable ? store.kind : 'memory',
      path: store?.path ?? null,
      alarm: store?.alarm ?? null,
      queued: store?.queued ?? 0,
      shedImages: store?.shed.images ?? 0,
      shedRows: store?.shed.rows ?? 0,
    }),
  };
}
