import { storedImage } from '../codec/event-image';
import { encodeAlert, encodeEvent, toAlertMessage } from '../codec/event-json';
import type { CloudEventPrefix } from '../codec/cloud-event-prefix';
import { waitAtMost } from '../core/async/timeout';
import { messageOf } from '../core/errors';
import type { DerivedImages, OriginalStore, RuleEvent, StorableEvent } from '../core/event';
import type { OutgoingMessage } from '../core/message';
import type { Log, MessageSink } from '../core/ports';
import type { EventStore } from '../results/events/event-store';
import { EVENT_TASKS, type EventTask, type UnfinishedEvent } from './event-journal';
import { EventQueue, type QueueOptions } from './event-queue';
import type { Webhook } from './webhook';

export interface DispatcherOptions {
  readonly log: Log;
  readonly events: EventStore;
  /** Open, or still opening. */
  readonly sink: Pick<MessageSink, 'publish'>;
  readonly topics: { readonly events: string; readonly alerts: string };
  readonly prefix: CloudEventPrefix;
  readonly instanceId: string;
  /** null for an image that is not of the model's size. */
  readonly derive: (pixels: Uint8Array, label: number) => Promise<DerivedImages | null>;
  readonly webhook: Webhook | null;
  /** null where messages behind events are not kept. */
  readonly originals?: OriginalStore | null;
  readonly onDone: (id: string, task: EventTask) => void;
  /** Receives the highest alert number of the store, which another process may have raised. */
  readonly onStored: (lastAlert: number) => void;
  /** Called when an alert can be shown. */
  readonly onAlert: (event: RuleEvent) => void;
  /** Shortest time between two attempts, ms; replaced by tests. */
  readonly firstRetryMs?: number;
}

/** Further matches of an event are summed up for this time before they are stored, ms. */
const FURTHER_MATCHES_MS = 1_000;
/** Longest attempt to keep an original, ms. */
const KEEP_MS = 60_000;
/** Of a server that is not the broker. */
const EXTERNAL_ATTEMPTS = 9;

/** Stores, publishes and posts events in the background; each task has its own queue with retries. */
export class EventDispatcher {
  readonly #queues: Readonly<Record<EventTask, EventQueue>>;
  readonly #furtherMatches = new Map<string, { matches: number; at: number }>();
  readonly #announced = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: DispatcherOptions) {
    /** Spread over about 10 minutes. */
    const patient = {
      maxAttempts: EXTERNAL_ATTEMPTS,
      firstMs: options.firstRetryMs ?? 2_000,
      maxMs: 180_000,
      // The receiver may refuse one event only, and the others must not wait for it.
      inOrder: false,
    };
    this.#queues = {
      store: this.#queue('store', 'storing an event', (event) => this.#store(event)),
      alert: this.#queue('alert', 'publishing an alert', (event) => this.#publishAlert(event)),
      publish: this.#queue('publish', 'publishing an event', (event, signal) =>
        this.#publishEvent(event, signal),
      ),
      post: this.#queue('post', 'posting an alert', (event, signal) => this.#post(event, signal), patient),
      keep: this.#queue('keep', 'keeping an original', (event, signal) => this.#keep(event, signal), patient),
    };
  }

  dispatch(events: readonly UnfinishedEvent[]): void {
    for (const task of EVENT_TASKS)
      this.#queues[task].add(events.filter(({ tasks }) => tasks.includes(task)));
  }

  addMatches(id: string, matches: number, at: number): void {
    const before = this.#furtherMatches.get(id)?.matches ?? 0;
    this.#furtherMatches.set(id, { matches: before + matches, at });
    this.#timer ??= setTimeout(() => void this.#storeFurtherMatches(), FURTHER_MATCHES_MS).unref();
  }

  /** Waits at most `budgetMs` for the queues; unfinished events stay in the journal. */
  async close(budgetMs: number): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    const queues = Object.values(this.#queues);
    const done = Promise.all([this.#storeFurtherMatches(), ...queues.map((queue) => queue.idle())]);
    await waitAtMost(done, budgetMs);
    await Promise.all(queues.map((queue) => queue.close()));
  }

  #queue(
    task: EventTask,
    name: string,
    work: QueueOptions['work'],
    limits: Partial<QueueOptions> = {},
  ): EventQueue {
    const { log, firstRetryMs } = this.options;
    const onDone = ({ event }: UnfinishedEvent) => this.options.onDone(event.id, task);
    return new EventQueue({
      name,
      work,
      log,
      onDone,
      ...(firstRetryMs !== undefined && { firstMs: firstRetryMs }),
      ...limits,
    });
  }

  async #store(unfinished: UnfinishedEvent): Promise<undefined> {
    const { event } = unfinished;
    try {
      await this.options.events.insert(storable(unfinished));
    } finally {
      // Also if the store failed, since the alert is in memory.
      if (event.alert !== null && !this.#announced.has(event.id)) this.options.onAlert(event);
      this.#announced.add(event.id);
    }
    this.#announced.delete(event.id);
    this.options.onStored(await this.options.events.lastAlert());
  }

  async #publishAlert({ event }: UnfinishedEvent): Promise<string | undefined> {
    const alert = toAlertMessage(event, event.alert ?? 0, this.options.instanceId);
    return await this.#publish(this.options.topics.alerts, encodeAlert(alert, this.options.prefix));
  }

  async #publishEvent(unfinished: UnfinishedEvent, signal: AbortSignal): Promise<string | undefined> {
    const derived = await this.#derived(unfinished, signal);
    return await this.#publish(
      this.options.topics.events,
      encodeEvent(unfinished, derived, this.options.prefix),
    );
  }

  async #publish(topic: string, message: OutgoingMessage): Promise<string | undefined> {
    const [rejected] = await this.options.sink.publish(topic, [message]);
    return rejected?.reason;
  }

  /** Returns null on failure: an event without images is better than none. One that a stop abandoned stays complete. */
  async #derived(unfinished: UnfinishedEvent, signal: AbortSignal): Promise<DerivedImages | null> {
    const { event, pixels } = unfinished;
    if (pixels === null || event.prediction === undefined) return null;
    try {
      const derived = await this.options.derive(pixels, event.prediction.label);
      if (derived !== null) await this.#storeDerived(unfinished, derived);
      signal.throwIfAborted();
      return derived;
    } catch (error) {
      if (signal.aborted) throw error;
      this.options.log.warn(
        { event: event.id, error: messageOf(error) },
        'cannot derive images; publishing the event without them',
      );
      return null;
    }
  }

  /** A failing store must not delay the publishing. */
  async #storeDerived(unfinished: UnfinishedEvent, derived: DerivedImages): Promise<void> {
    const { events, log } = this.options;
    try {
      // The queue of `store` may not have inserted it yet.
      await events.insert(storable(unfinished));
      await events.addDerived(unfinished.event.id, derived);
    } catch (error) {
      log.warn(
        { event: unfinished.event.id, error: messageOf(error) },
        'cannot store derived images; continuing without them',
      );
    }
  }

  async #post({ event }: UnfinishedEvent, signal: AbortSignal): Promise<string | undefined> {
    const { webhook, instanceId } = this.options;
    return await webhook?.post(toAlertMessage(event, event.alert ?? 0, instanceId), signal);
  }

  async #keep({ event, original }: UnfinishedEvent, signal: AbortSignal): Promise<string | undefined> {
    const { originals } = this.options;
    if (original === undefined || !originals) return 'the original was lost when an earlier run ended';
    return await originals.keep(event.id, original, AbortSignal.any([signal, AbortSignal.timeout(KEEP_MS)]));
  }

  async #storeFurtherMatches(): Promise<void> {
    this.#timer = null;
    const all = [...this.#furtherMatches];
    this.#furtherMatches.clear();
    for (const [id, { matches, at }] of all) {
      try {
        await this.options.events.addMatches(id, matches, new Date(at).toISOString());
      } catch (error) {
        this.options.log.debug(
          { event: id, error: messageOf(error) },
          'cannot store further matches; the count stays lower',
        );
      }
    }
  }
}

function storable(unfinished: UnfinishedEvent): StorableEvent {
  return { event: unfinished.event, pixels: storedImage(unfinished) };
}
