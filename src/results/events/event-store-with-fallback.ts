import { StreamInferError } from '../../core/errors';
import type { EventStore } from './event-store';

/** A store that may be unusable at times. */
export interface PersistentEvents extends EventStore {
  readonly usable: boolean;
}

/**
 * Events in the database while it is usable, else the latest ones in memory. A write goes to both, and succeeds only if the
 * database has it.
 *
 * @param store null keeps events in memory only
 */
export function createEventStoreWithFallback(memory: EventStore, store: PersistentEvents | null): EventStore {
  const reading = (): EventStore => (store?.usable ? store : memory);
  return {
    async insert(event) {
      await memory.insert(event);
      await store?.insert(event);
    },
    async addDerived(id, images) {
      await memory.addDerived(id, images);
      await store?.addDerived(id, images);
    },
    async addMatches(id, matches, lastAt) {
      await memory.addMatches(id, matches, lastAt);
      await store?.addMatches(id, matches, lastAt);
    },
    async acknowledge(number, acknowledgement) {
      if (store === null) return await memory.acknowledge(number, acknowledgement);
      if (!store.usable)
        throw new StreamInferError(
          'NOT_READY',
          'the results store is not usable at the moment; try again later',
        );
      const acknowledged = await store.acknowledge(number, acknowledgement);
      await memory.acknowledge(number, acknowledged?.acknowledged ?? acknowledgement);
      return acknowledged;
    },
    lastAlert: () => reading().lastAlert(),
    list: (filter) => reading().list(filter),
    get: (id) => reading().get(id),
    alert: (number) => reading().alert(number),
    image: async (id, name) => (await reading().image(id, name)) ?? (await memory.image(id, name)),
  };
}
