import type { RuleEvent } from '../core/event';
import type { EventsService } from '../http/services';
import type { EventStore } from '../results/events/event-store';

export interface EventsFeed {
  readonly service: EventsService;
  /** Notifies the listeners of `service` about an alert. */
  notify(event: RuleEvent): void;
}

/** The HTTP view of stored events; `own` depends on whether this process evaluates the rules. */
export function createEventsService(
  events: EventStore,
  own: Pick<EventsService, 'rules' | 'state' | 'raised'>,
): EventsFeed {
  const listeners = new Set<(event: RuleEvent) => void>();
  const notify = (event: RuleEvent): void => {
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
      if (acknowledged !== undefined) notify(acknowledged);
      return acknowledged;
    },
    onAlert: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return { service, notify };
}
