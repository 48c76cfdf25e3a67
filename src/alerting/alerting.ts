import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { cloudEventPrefix } from '../codec/cloud-event-prefix';
import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { messageOf, StreamInferError } from '../core/errors';
import { bytesPerImage } from '../core/model-shape';
import type { Broker, Log, MessageSink, Outbox } from '../core/ports';
import type { ModelBaseline } from '../core/baseline';
import type { OriginalStore } from '../core/event';
import type { ModelIdentity } from '../core/prediction';
import { resolveRules } from '../core/resolve-rules';
import { rulesOnBaseline } from '../core/rule';
import type { SkippedRecords } from '../core/skipped-records';
import type { EventsService } from '../http/services';
import type { InferencePool } from '../inference/pool';
import { createEventStoreWithFallback } from '../results/events/event-store-with-fallback';
import type { EventStore } from '../results/events/event-store';
import { createMemoryEvents } from '../results/events/memory-events';
import type { ResultsStore } from '../results/store/store';
import { createStoredEvents } from '../results/store/stored-events';
import { dataFolder } from '../setup/data-folder';
import { EventDispatcher } from './event-dispatcher';
import { createEventsService, type EventsFeed } from './events-service';
import { RuleWatch, watchedOutbox } from './rule-watch';
import { createWebhook, type Webhook } from './webhook';

export interface AlertingOptions {
  readonly config: Config;
  readonly version: string;
  readonly instanceId: string;
  /** null keeps events in memory only. */
  readonly store: ResultsStore | null;
  /** Keeps the messages behind events; null where they are not kept. */
  readonly originals?: OriginalStore | null;
  readonly skipped: SkippedRecords;
  readonly log: Log;
}

/** Time to finish open tasks on shutdown, ms; unfinished events stay in the journal. */
const CLOSE_MS = 2_000;
/** Events read at start to find the latest one of each rule. */
const LATEST = 200;

/** The active models and their baselines. */
export interface MeasuredPool extends Pick<InferencePool, 'derive' | 'description' | 'model' | 'shape'> {
  /** Of a current or former active model; undefined without a baseline. */
  baselineOf(model: ModelIdentity): ModelBaseline | undefined;
}

/**
 * Rules, events and alerts of this process. An outcome takes this way: `watched` outbox, RuleWatch (engine, journal),
 * EventDispatcher (store, topics), webhook.
 */
export class Alerting {
  readonly #events: EventStore;
  readonly #feed: EventsFeed;
  readonly #abandon = new AbortController();
  readonly #journal: string | null;
  #watch: RuleWatch | null = null;
  #dispatcher: EventDispatcher | null = null;
  #sink: MessageSink | null = null;

  constructor(private readonly options: AlertingOptions) {
    const { config, store, instanceId } = options;
    this.#events = createEventStoreWithFallback(createMemoryEvents(), store && createStoredEvents(store));
    this.#journal = journalPath(config, instanceId);
    this.#feed = createEventsService(this.#events, {
      rules: config.alerts,
      state: () => ({
        open: this.#watch?.unfinished ?? 0,
        shed: this.#watch?.shed ?? 0,
        alarm: this.#watch?.alarm ?? null,
      }),
      raised: () => this.#watch?.raised ?? new Map<string, number>(),
    });
  }

  get service(): EventsService {
    return this.#feed.service;
  }

  /** Call it with an open store and before the source is read. Does not wait for the broker. */
  async start(broker: Broker, pool: MeasuredPool): Promise<void> {
    const { config, skipped, log } = this.options;
    assertMeasurable(config, pool);
    const hasJournal = this.#journal !== null && existsSync(this.#journal);
    const rules = resolveRules(config.alerts, pool.shape.labels, pool.description.output.objects);
    if (rules.length === 0 && !hasJournal) return;
    this.#sink = this.#openSink(broker);
    this.#watch = new RuleWatch({
      rules,
      labels: pool.shape.labels,
      journal: this.#journal,
      posts: config.webhook.url !== undefined,
      keeps: this.options.originals != null,
      skipped,
      log,
      baselineOf: (model) => pool.baselineOf(model),
      onEvents: (events) => this.#dispatcher?.dispatch(events),
      onFurtherMatches: (id, matches, at) => this.#dispatcher?.addMatches(id, matches, at),
    });
    this.#dispatcher = this.#createDispatcher(this.#watch, this.#sink, pool);
    const { lastAlert, latest } = await this.#readEarlier();
    this.#watch.start(lastAlert, latest);
  }

  /** The outbox for the pipeline; it evaluates the rules before each delivery. */
  watched(outbox: Outbox): Outbox {
    return this.#watch === null || this.options.config.alerts.length === 0
      ? outbox
      : watchedOutbox(outbox, this.#watch);
  }

  async close(): Promise<void> {
    await this.#dispatcher?.close(CLOSE_MS);
    this.#abandon.abort();
    await this.#sink?.close();
    this.#watch?.close();
  }

  /** A failing store does not prevent the start. */
  async #readEarlier(): Promise<{ lastAlert: number; latest: Map<string, string> }> {
    try {
      const newest = await this.#events.list({ limit: LATEST });
      const latest = new Map(newest.map(({ rule, id }) => [rule, id] as const).reverse());
      return { lastAlert: await this.#events.lastAlert(), latest };
    } catch (error) {
      this.options.log.warn({ error: messageOf(error) }, 'cannot read earlier events; starting without them');
      return { lastAlert: 0, latest: new Map() };
    }
  }

  #createDispatcher(
    watch: RuleWatch,
    sink: MessageSink,
    pool: Pick<InferencePool, 'derive' | 'shape'>,
  ): EventDispatcher {
    const { config, instanceId, log } = this.options;
    return new EventDispatcher({
      log,
      events: this.#events,
      sink,
      topics: config.output,
      prefix: cloudEventPrefix(config.broker),
      instanceId,
      derive: async (pixels, label) =>
        pixels.length === bytesPerImage(pool.shape) ? await pool.derive(pixels, label) : null,
      webhook: this.#createWebhook(),
      originals: this.options.originals ?? null,
      onDone: (id, task) => watch.done(id, task),
      onStored: (lastAlert) => watch.numberFrom(lastAlert),
      onAlert: (event) => this.#feed.notify(event),
    });
  }

  #createWebhook(): Webhook | null {
    const { url, secret, timeout, allowPrivateNetwork } = this.options.config.webhook;
    if (url === undefined || secret === undefined) return null;
    return createWebhook({
      url,
      secret,
      timeoutMs: timeout,
      allowPrivateNetwork,
      version: this.options.version,
    });
  }

  /** A separate sink, so that failing events never affect predictions. */
  #openSink(broker: Broker): MessageSink {
    const sink = broker.createSink();
    sink.open(this.#abandon.signal).catch((error: unknown) => {
      if (!this.#abandon.signal.aborted)
        this.options.log.error(
          { error: messageOf(error) },
          'cannot open the sink of events and alerts; they are not published',
        );
    });
    return sink;
  }
}

/** Throws CONFIG_INVALID for a drift rule without a baseline, which could never fire. */
function assertMeasurable({ alerts }: Config, pool: MeasuredPool): void {
  const [rule] = rulesOnBaseline(alerts);
  if (rule === undefined || pool.baselineOf(pool.model) !== undefined) return;
  const spec = `${pool.model.name}@${pool.model.version}`;
  // A model that finds objects has no true classes to measure a baseline with.
  const create = pool.description.output.objects
    ? ''
    : `create it with stream-infer models baseline ${spec}, or `;
  throw new StreamInferError(
    'CONFIG_INVALID',
    `the rule ${rule} compares with the model's baseline, but ${spec} has none: ` +
      `${create}set baseline: [share of each class] in the rule`,
  );
}

/** null for brokers inside this process: they reuse message ids after a restart. */
function journalPath(config: Config, instanceId: string): string | null {
  if (livesInProcess(config)) return null;
  return join(dataFolder(), 'events', `${encodeURIComponent(instanceId)}.log`);
}
