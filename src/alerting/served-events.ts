import { decodeEvent } from '../codec/decode-event';
import type { Rule } from '../core/rule';
import type { NoticedEvent } from '../core/event';
import type { Delivery } from '../core/message';
import type { EventsService } from '../http/services';
import type { EventStore } from '../results/events/event-store';
import { createEventsService, type ToldEvents } from './events-service';

/** Events that other processes noticed and published: kept here, numbered, shown, and acknowledged here. */
export class ServedEvents {
  readonly #told: ToldEvents;

  constructor(
    private readonly events: EventStore,
    rules: readonly Rule[],
    /** A message that is not an event was skipped. */
    private readonly onSkipped: (problem: string) => void = () => undefined,
  ) {
    this.#told = createEventsService(events, {
      rules,
      state: () => ({ open: 0, shed: 0, alarm: null }),
      // Raised by others, who count them.
      raised: () => new Map(),
    });
  }

  get service(): EventsService {
    return this.#told.service;
  }

  /** Keeps the events of these messages; one that comes again changes nothing. Rejects with NOT_READY. */
  async take(deliveries: readonly Delivery[]): Promise<void> {
    for (const { value } of deliveries) {
      const decoded = await decodeEvent(value);
      if ('problem' in decoded) {
        this.onSkipped(decoded.problem);
        continue;
      }
      const { derived, pixels, event: read } = decoded.value;
      const isNew = (await this.events.get(read.id)) === undefined;
      const event = isNew ? await this.#numbered(read) : read;
      await this.events.insert({ event, pixels });
      if (derived !== null) await this.events.addDerived(event.id, derived);
      if (isNew && event.alert !== null) this.#told.tell(event);
    }
  }

  /** Each process that raises alerts counts from one: a number that another's alert has here is followed by a free one. */
  async #numbered(event: NoticedEvent): Promise<NoticedEvent> {
    if (event.alert === null || (await this.events.alert(event.alert)) === undefined) return event;
    return { ...event, alert: (await this.events.lastAlert()) + 1 };
  }
}
