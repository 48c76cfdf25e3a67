import type { StoredEvent } from '../../core/event';
import type { PersistentEvents } from '../events/event-store-with-fallback';
import type { EventRequest } from './event-request';

/** The events of the results store; every method rejects with NOT_READY while the store is unusable. */
export function createStoredEvents(store: {
  readonly usable: boolean;
  askEvents(request: EventRequest): Promise<unknown>;
}): PersistentEvents {
  const ask = (request: EventRequest) => store.askEvents(request);
  return {
    get usable() {
      return store.usable;
    },
    insert: async (event) => void (await ask({ do: 'insert', event })),
    addDerived: async (id, images) => void (await ask({ do: 'add derived', id, images })),
    addMatches: async (id, matches, lastAt) => void (await ask({ do: 'add matches', id, matches, lastAt })),
    acknowledge: async (number, acknowledgement) =>
      (await ask({ do: 'acknowledge', number, acknowledgement })) as StoredEvent | undefined,
    lastAlert: async () => (await ask({ do: 'last alert' })) as number,
    list: async (filter) => (await ask({ do: 'list', filter })) as StoredEvent[],
    get: async (id) => (await ask({ do: 'get', id })) as StoredEvent | undefined,
    alert: async (number) => (await ask({ do: 'alert', number })) as StoredEvent | undefined,
    image: async (id, name) => (await ask({ do: 'image', id, name })) as Uint8Array | undefined,
  };
}
