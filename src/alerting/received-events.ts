import { decodeEvent } from '../codec/decode-event';
import type { RuleEvent } from '../core/event';
import type { Delivery } from '../core/message';
import type { EventsService } from '../http/services';
import type { EventStore } from '../results/events/event-store';
import { createEventsService, type EventsFeed } from './events-service';

interface ReceivedEventsOptions {
  /** The processes that raise events store them themselves, so that they are only announced here. */
  readonly isStored?: boolean;
  /** Called for each skipped message that is not an event. */
  readonly onSkipped?: (problem: string) => void;
}

/** Stores, numbers, shows and acknowledges the events that other processes published. */
export class ReceivedEvents {
  readonly #feed: EventsFeed;

  constructor(
    private readonly events: EventStore,
    rules: EventsService['rules'],
    private readonly options: ReceivedEventsOptions = {},
  ) {
    this.#feed = createEventsService(events, {
      rules,
      state: () => ({ open: 0, shed: 0, alarm: null }),
      // The processes that raise them count them.
      raised: () => new Map(),
    });
  }

  get service(): EventsService {
    return this.#feed.service;
  }

  /** Stores the events of these messages; a redelivered one changes nothing. Rejects with NOT_READY. */
  async store(deliveries: readonly Delivery[]): Promise<void> {
    for (const { value } of deliveries) {
      const decoded = await decodeEvent(value);
      if ('problem' in decoded) {
        this.options.onSkipped?.(decoded.problem);
        continue;
      }
      const { derived, pixels, event: received } = decoded.value;
      if (this.options.isStored) {
        if (received.alert !== null) this.#feed.notify(received);
        continue;
      }
      const isNew = (await this.events.get(received.id)) === undefined;
      const event = isNew ? await this.#numbered(received) : received;
      await this.events.insert({ event, pixels });
      if (derived !== null) await this.events.addDerived(event.id, derived);
      if (isNew && event.alert !== null) this.#feed.notify(event);
    }
  }

  /** Each process numbers its alerts from 1, so a number that is taken here is replaced by a free one. */
  async #numbered(event: RuleEvent): Promise<RuleEvent> {
    if (event.alert === null || (await this.events.alert(event.alert)) === undefined) return event;
    return { ...event, alert: (await this.events.lastAlert()) + 1 };
  }
}
