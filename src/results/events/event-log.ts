import { StreamInferError } from '../../core/errors';
import type { EventStore } from './event-store';

/** A store that is not there at times. */
export interface PersistentEvents extends EventStore {
  readonly usable: boolean;
}

/**
 * The database as long as it can be used, else what this process remembers of the latest events. What is written goes to
 * both, and is written only when it is in the database.
 *
 * @param store null where events are kept in memory only
 */
export function createEventLog(memory: EventStore, store: PersistentEvents | null): EventStore {
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
          'the results store cannot be used at present; try again later',
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
