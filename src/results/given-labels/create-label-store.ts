import { StreamInferError } from '../../core/errors';
import type { LabelStore, PersistentLabels } from './label-store';
import { createMemoryLabels } from './memory-labels';

/**
 * Labels in the database; without one, the latest in memory. A database that is unusable at the moment is not replaced by
 * memory: an export without earlier labels would look complete. Every method then rejects with NOT_READY.
 */
export function createLabelStore(store: PersistentLabels | null): LabelStore {
  if (store === null) return createMemoryLabels();
  const ready = (): LabelStore => {
    if (store.usable) return store;
    throw new StreamInferError(
      'NOT_READY',
      'the results store is not usable at the moment; labels can be given and read again when it is',
    );
  };
  return {
    put: async (label) => await ready().put(label),
    remove: async (id) => await ready().remove(id),
    list: async (filter) => await ready().list(filter),
    get: async (id) => await ready().get(id),
    labelled: async (ids) => await ready().labelled(ids),
    counts: async () => await ready().counts(),
  };
}
