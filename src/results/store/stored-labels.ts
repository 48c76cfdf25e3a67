import type { StoredLabel } from '../../core/label';
import type { PersistentLabels } from '../given-labels/label-store';
import type { LabelRequest } from './label-request';

/** The labels of the results store; every method rejects with NOT_READY while the store is unusable. */
export function createStoredLabels(store: {
  readonly usable: boolean;
  askLabels(request: LabelRequest): Promise<unknown>;
}): PersistentLabels {
  const ask = (request: LabelRequest) => store.askLabels(request);
  return {
    get usable() {
      return store.usable;
    },
    put: async (label) => void (await ask({ do: 'put', label })),
    remove: async (id) => void (await ask({ do: 'remove', id })),
    list: async (filter) => (await ask({ do: 'list', filter })) as StoredLabel[],
    get: async (id) => (await ask({ do: 'get', id })) as StoredLabel | undefined,
    labelled: async (ids) => new Set((await ask({ do: 'labelled', ids })) as string[]),
    counts: async () => new Map((await ask({ do: 'counts' })) as [number, number][]),
  };
}
