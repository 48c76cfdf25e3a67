import { setTimeout as sleep } from 'node:timers/promises';
import { encodeAlert, encodeEvent, toAlertMessage } from '../codec/event-json';
import type { CloudEventPrefix } from '../codec/cloud-event-prefix';
import { messageOf } from '../core/errors';
import type { DerivedImages, NoticedEvent } from '../core/event';
import type { OutgoingMessage } from '../core/message';
import type { Log, MessageSink } from '../core/ports';
import type { EventStore } from '../results/events/event-store';
import { EVENT_TASKS, type EventTask, type OpenEvent } from './open-event';
import { EventLane, type LaneOptions } from './lane';
import type { Webhook } from './webhook';

export interface DeskParts {
  readonly log: Log;
  readonly events: EventStore;
  /** Opened, or about to be. */
  readonly sink: Pick<MessageSink, 'publish'>;
  readonly topics: { readonly events: string; readonly alerts: string };
  readonly prefix: CloudEventPrefix;
  readonly instanceId: string;
  readonly derive: (pixels: Uint8Array, label: number) => Promise<DerivedImages>;
  readonly webhook: Webhook | null;
  readonly onDone: (id: string, task: EventTask) => void;
  /** The highest number that the store knows: another process may have had it meanwhile. */
  readonly onStored: (lastAlert: number) => void;
  /** An alert can be looked at now. */
  readonly onAlert: (event: NoticedEvent) => void;
  /** Between two tries, at first, ms; tests set it. */
  readonly firstRetryMs?: number;
}

/** Matches that belong to an event are added up so long before they are stored, ms. */
const GOING_ON_MS = 1_000;
/** Over some ten minutes. */
const WEBHOOK_TRIES = 9;

/** Does with events what is to be done, beside the stream, each task in a lane of its own. */
export class EventDesk {
  readonly #lanes: Readonly<Record<EventTask, EventLane>>;
  readonly #goingOn = new Map<string, { matches: number; at: number }>();
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly parts: DeskParts) {
    this.#lanes = {
      store: this.#lane('store', 'storing an event', (open) => this.#store(open)),
      alert: this.#lane('alert', 'publishing an alert', (open) => this.#publishAlert(open)),
      publish: this.#lane('publish', 'publishing an event', (open) => this.#publishEvent(open)),
      post: this.#lane('post', 'posting an alert', (open, signal) => this.#post(open, signal), {
        maxTries: WEBHOOK_TRIES,
        firstMs: parts.firstRetryMs ?? 2_000,
        maxMs: 180_000,
      }),
    };
  }

  take(events: readonly OpenEvent[]): void {
    for (const task of EVENT_TASKS) this.#lanes[task].add(events.filter(({ tasks }) => tasks.includes(task)));
  }

  goOn(id: string, matches: number, at: number): void {
    const before = this.#goingOn.get(id)?.matches ?? 0;
    this.#goingOn.set(id, { matches: before + matches, at });
    this.#timer ??= setTimeout(() => void this.#storeGoingOn(), GOING_ON_MS).unref();
  }

  /** Gives what waits so long to be done; what is not done by then is in the journal. */
  async close(budgetMs: number): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    const lanes = Object.values(this.#lanes);
    const over = new AbortController();
    const done = Promise.all([this.#storeGoingOn(), ...lanes.map((lane) => lane.idle())]);
    await Promise.race([done, sleep(budgetMs, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
    await Promise.all(lanes.map((lane) => lane.close()));
  }

  #lane(
    task: EventTask,
    name: string,
    work: LaneOptions['work'],
    limits: Partial<LaneOptions> = {},
  ): EventLane {
    const { log, firstRetryMs } = this.parts;
    const onDone = ({ event }: OpenEvent) => this.parts.onDone(event.id, task);
    return new EventLane({
      name,
      work,
      log,
      onDone,
      ...(firstRetryMs !== undefined && { firstMs: firstRetryMs }),
      ...limits,
    });
  }

  async #store(open: OpenEvent): Promise<undefined> {
    const { event } = open;
    try {
      await this.parts.events.insert(open);
    } finally {
      // Also when only memory has it for now.
      if (event.alert !== null && !this.#told.has(event.id)) this.parts.onAlert(event);
      this.#told.add(event.id);
    }
    this.#told.delete(event.id);
    this.parts.onStored(await this.parts.events.lastAlert());
  }

  async #publishAlert({ event }: OpenEvent): Promise<string | undefined> {
    const alert = toAlertMessage(event, event.alert ?? 0, this.parts.instanceId);
    return await this.#publish(this.parts.topics.alerts, encodeAlert(alert, this.parts.prefix));
  }

  async #publishEvent(open: OpenEvent): Promise<string | undefined> {
    const derived = await this.#derived(open);
    return await this.#publish(this.parts.topics.events, encodeEvent(open, derived, this.parts.prefix));
  }

  async #publish(topic: string, message: OutgoingMessage): Promise<string | undefined> {
    const [refused] = await this.parts.sink.publish(topic, [message]);
    return refused?.reason;
  }

  /** An event without them is better than none. */
  async #derived(open: OpenEvent): Promise<DerivedImages | null> {
    const { event, pixels } = open;
    if (pixels === null || event.prediction === undefined) return null;
    try {
      const derived = await this.parts.derive(pixels, event.prediction.label);
      await this.#keepDerived(open, derived);
      return derived;
    } catch (error) {
      this.parts.log.warn({ event: event.id, error: messageOf(error) }, 'an event has no derived images');
      return null;
    }
  }

  /** A store that is away must not hold up what is published. */
  async #keepDerived(open: OpenEvent, derived: DerivedImages): Promise<void> {
    const { events, log } = this.parts;
    try {
      // The lane that stores may not have come to it.
      await events.insert(open);
      await events.addDerived(open.event.id, derived);
    } catch (error) {
      log.warn({ event: open.event.id, error: messageOf(error) }, 'derived images are not stored');
    }
  }

  async #post({ event }: OpenEvent, signal: AbortSignal): Promise<string | undefined> {
    const { webhook, instanceId } = this.parts;
    return await webhook?.post(toAlertMessage(event, event.alert ?? 0, instanceId), signal);
  }

  async #storeGoingOn(): Promise<void> {
    this.#timer = null;
    const all = [...this.#goingOn];
    this.#goingOn.clear();
    for (const [id, { matches, at }] of all) {
      try {
        await this.parts.events.goOn(id, matches, new Date(at).toISOString());
      } catch (error) {
        this.parts.log.debug({ event: id, error: messageOf(error) }, 'further matches are not stored');
      }
    }
  }
}
