import type { NoticedEvent } from '../core/event';
import type { EventsService } from '../http/services';
import type { EventStore } from '../results/events/event-store';

export interface ToldEvents {
  readonly service: EventsService;
  /** Tells those that listen to `service` of an alert that was raised. */
  tell(event: NoticedEvent): void;
}

/** Stored events as HTTP sees them, wherever they were noticed; `own` is what depends on that. */
export function createEventsService(
  events: EventStore,
  own: Pick<EventsService, 'rules' | 'state' | 'raised'>,
): ToldEvents {
  const listeners = new Set<(event: NoticedEvent) => void>();
  const tell = (event: NoticedEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const service: EventsService = {
    ...own,
    list: (filter) => events.list(filter),
    get: (id) => events.get(id),
    alert: (number) => events.alert(number),
    image: (id, name) => events.image(id, name),
    acknowledge: async (number, acknowledgement) => {
      const acknowledged = await events.acknowledge(number, acknowledgement);
      if (acknowledged !== undefined) tell(acknowledged);
      return acknowledged;
    },
    onAlert: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return { service, tell };
}
