import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { cloudEventPrefix } from '../codec/cloud-event-prefix';
import type { Config } from '../config/schema';
import { messageOf, StreamInferError } from '../core/errors';
import type { Broker, Log, MessageSink, Outbox } from '../core/ports';
import type { ModelBaseline } from '../core/baseline';
import type { ModelIdentity } from '../core/prediction';
import type { SkippedRecords } from '../core/skipped-records';
import type { EventsService } from '../http/services';
import type { InferencePool } from '../inference/pool';
import { createEventLog } from '../results/events/event-log';
import type { EventStore } from '../results/events/event-store';
import { createMemoryEvents } from '../results/events/memory-events';
import { RuleWatch } from './watch';
import { watchedOutbox } from './watched-outbox';
import type { ResultsStore } from '../results/store/store';
import { createStoredEvents } from '../results/store/stored-events';
import { dataFolder } from '../setup/instance-id';
import { EventDesk } from './desk';
import { createEventsService, type ToldEvents } from './events-service';
import { createWebhook, type Webhook } from './webhook';

export interface ProcessEventsOptions {
  readonly config: Config;
  readonly version: string;
  readonly instanceId: string;
  /** null where events are kept in memory only. */
  readonly store: ResultsStore | null;
  readonly skipped: SkippedRecords;
  readonly log: Log;
}

/** What a stop gives events that are being published or posted, ms. The journal has the others. */
const CLOSE_MS = 2_000;
/** Enough to find the latest event of each rule. */
const LATEST = 200;

/** The models that predictions come from, with what drift is measured from. */
export interface MeasuredPool extends Pick<InferencePool, 'derive' | 'model'> {
  /** Of a model that serves or served; undefined for one without a baseline. */
  baselineOf(model: ModelIdentity): ModelBaseline | undefined;
}

/** Rules, events and alerts of this process: what the stream, the page and the start have to do with them. */
export class ProcessEvents {
  readonly #events: EventStore;
  readonly #told: ToldEvents;
  readonly #abandon = new AbortController();
  readonly #journal: string | null;
  #watch: RuleWatch | null = null;
  #desk: EventDesk | null = null;
  #sink: MessageSink | null = null;

  constructor(private readonly options: ProcessEventsOptions) {
    const { config, store, instanceId } = options;
    this.#events = createEventLog(createMemoryEvents(), store && createStoredEvents(store));
    this.#journal = journalPath(config, instanceId);
    this.#told = createEventsService(this.#events, {
      rules: config.alerts,
      state: () => ({
        open: this.#watch?.open ?? 0,
        shed: this.#watch?.shed ?? 0,
        alarm: this.#watch?.alarm ?? null,
      }),
      raised: () => this.#watch?.raised ?? new Map<string, number>(),
    });
  }

  get service(): EventsService {
    return this.#told.service;
  }

  /** The store is open, and nothing is taken from the source yet. Does not wait for the broker. */
  async start(broker: Broker, pool: MeasuredPool): Promise<void> {
    const { config, skipped, log } = this.options;
    assertMeasurable(config, pool);
    const left = this.#journal !== null && existsSync(this.#journal);
    if (config.alerts.length === 0 && !left) return;
    this.#sink = this.#openSink(broker);
    this.#watch = new RuleWatch({
      rules: config.alerts,
      journal: this.#journal,
      posts: config.webhook.url !== undefined,
      skipped,
      log,
      baselineOf: (model) => pool.baselineOf(model),
      onEvents: (events) => this.#desk?.take(events),
      onGoingOn: (id, matches, at) => this.#desk?.goOn(id, matches, at),
    });
    this.#desk = this.#createDesk(this.#watch, this.#sink, pool);
    const { lastAlert, latest } = await this.#earlier();
    this.#watch.start(lastAlert, latest);
  }

  /** The outbox as the pipeline is to have it. */
  watched(outbox: Outbox): Outbox {
    return this.#watch === null || this.options.config.alerts.length === 0
      ? outbox
      : watchedOutbox(outbox, this.#watch);
  }

  async close(): Promise<void> {
    await this.#desk?.close(CLOSE_MS);
    this.#abandon.abort();
    await this.#sink?.close();
    this.#watch?.close();
  }

  /** A store that gives no answer holds up nothing. */
  async #earlier(): Promise<{ lastAlert: number; latest: Map<string, string> }> {
    try {
      const newest = await this.#events.list({ limit: LATEST });
      const latest = new Map(newest.map(({ rule, id }) => [rule, id] as const).reverse());
      return { lastAlert: await this.#events.lastAlert(), latest };
    } catch (error) {
      this.options.log.warn({ error: messageOf(error) }, 'earlier events are not known');
      return { lastAlert: 0, latest: new Map() };
    }
  }

  #createDesk(watch: RuleWatch, sink: MessageSink, pool: Pick<InferencePool, 'derive'>): EventDesk {
    const { config, instanceId, log } = this.options;
    return new EventDesk({
      log,
      events: this.#events,
      sink,
      topics: config.output,
      prefix: cloudEventPrefix(config.broker),
      instanceId,
      derive: (pixels, label) => pool.derive(pixels, label),
      webhook: this.#createWebhook(),
      onDone: (id, task) => watch.done(id, task),
      onStored: (lastAlert) => watch.numberFrom(lastAlert),
      onAlert: (event) => this.#told.tell(event),
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

  /** Of its own: what goes wrong with events must not get into the way of predictions. */
  #openSink(broker: Broker): MessageSink {
    const sink = broker.createSink();
    sink.open(this.#abandon.signal).catch((error: unknown) => {
      if (!this.#abandon.signal.aborted)
        this.options.log.error({ error: messageOf(error) }, 'events and alerts cannot be published');
    });
    return sink;
  }
}

/** Throws CONFIG_INVALID for a rule that would never say anything. */
function assertMeasurable({ alerts }: Config, pool: MeasuredPool): void {
  const rule = alerts.find((one) => one.kind === 'drift' && one.baseline === undefined);
  if (rule === undefined || pool.baselineOf(pool.model) !== undefined) return;
  const spec = `${pool.model.name}@${pool.model.version}`;
  throw new StreamInferError(
    'CONFIG_INVALID',
    `the rule ${rule.name} measures drift from the model's baseline, and ${spec} has none: ` +
      `make it with stream-infer models baseline ${spec}, or say what is expected with baseline: [share of each class]`,
  );
}

/** Where messages do not come again, their ids name others after a restart: nothing of them is remembered. */
function journalPath(config: Config, instanceId: string): string | null {
  if (config.broker === 'memory' || (config.broker === 'kafka' && config.kafka.embedded)) return null;
  return join(dataFolder(), 'events', `${encodeURIComponent(instanceId)}.log`);
}
