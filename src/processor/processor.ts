import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import { isFashionMnist } from '../core/model-shape';
import { Pipeline, type DrainReport } from '../pipeline/pipeline';
import type { Broker, Log, MessageSource, Outbox, OutcomeObserver } from '../core/ports';
import { startHttpServer } from '../http/server';
import type { Setting } from '../http/services';
import type { InferencePool, PoolOptions } from '../inference/pool';
import { DriftMonitor } from '../quality/drift-monitor';
import { DeadLetterRing } from '../results/dead-letter-ring';
import type { ResultsView } from '../results/view';
import { createBothEnds, type BothEnds } from './both-ends';
import { BrokerBacklog } from './broker-backlog';
import { connect, createsTopics, topicsOf } from '../setup/connect';
import { KeptLetters } from '../dead-letters/kept';
import { redriveMemory } from '../dead-letters/connect-memory';
import { inputTopic } from '../dead-letters/input-topic';
import { startDemo } from '../demo/demo';
import { GoalKeeper } from '../latency-goal/keeper';
import { Alerting } from '../alerting/alerting';
import { createHttpServices } from './http-services';
import { createInspection } from '../setup/inspection';
import type { CrashJournal } from '../quarantine/crash-journal';
import { openJournal } from '../quarantine/open-journal';
import { watchLag } from '../telemetry/lag-watch';
import { LoadMeter } from '../telemetry/load-meter';
import { createTopics } from '../setup/resource-ledger';
import { assertPageKnows } from '../models/serving/page-knows';
import type { ServingModel } from '../models/serving/serving-model';
import { startModel } from '../models/serving/start-model';
import { createOutcomeEncoder } from '../setup/outcome-encoder';
import { noParts } from './processor-parts';
import { createPublishJobs } from '../publishing/publish-jobs';
import { Releasers } from '../setup/releasers';
import { createResultsOf } from '../setup/results';
import { ActivityMonitor } from '../telemetry/runtime-activity';
import { tracedStream } from '../telemetry/tracing/traced-stream';
import { NO_TRACING, type Tracing } from '../telemetry/tracing/tracing';

/** Images that may wait for a worker in the interactive lane. */
const MAX_INTERACTIVE = 256;

export interface ProcessorOptions {
  readonly config: Config;
  /** The same as the page shows it. */
  readonly settings: readonly Setting[];
  readonly version: string;
  readonly instanceId: string;
  readonly log: Log;
  /** Aborts a start that waits for something. */
  readonly signal: AbortSignal;
  readonly maxDeliveries?: number;
  readonly observers?: readonly OutcomeObserver[];
  /** Stays open when the processor is closed. */
  readonly tracing?: Tracing;
  /** Instead of one that the configuration names; it stays open when the processor is closed. */
  readonly broker?: Broker | undefined;
  /** Makes what classifies, instead of the worker pool. */
  readonly createPool?: ((options: PoolOptions) => InferencePool) | undefined;
  /** Told as soon as the server listens, before the model is loaded. */
  readonly onListening?: (url: string) => void;
}

/** The whole process: broker in, pool, broker out, HTTP. Acquired in order by `start`, released in reverse by `close`. */
export class Processor {
  readonly parts = noParts();
  readonly #releasers: Releasers;
  readonly #abandon = new AbortController();
  readonly #load = new LoadMeter();
  readonly #backlog = new BrokerBacklog();
  readonly #tracing: Tracing;
  readonly #drift: DriftMonitor;
  #journal: CrashJournal | undefined;

  constructor(private readonly options: ProcessorOptions) {
    this.#releasers = new Releasers(options.log);
    this.#tracing = options.tracing ?? NO_TRACING;
    const rule = options.config.alerts.find((one) => one.kind === 'drift');
    this.#drift = new DriftMonitor({ baselineOf: (model) => this.parts.pool?.baselineOf(model), ...rule });
  }

  /** http (alive, not ready) → results → pool → sink → source → pipeline. Rejects with ABORTED when `signal` aborts. */
  async start(): Promise<void> {
    const { config } = this.options;
    const { results, store } = createResultsOf(config, this.parts.skipped, this.options.log);
    const letters = new DeadLetterRing(() => this.parts.pool?.model ?? null);
    const { version, instanceId, log } = this.options;
    const events = new Alerting({
      config,
      version,
      instanceId,
      store,
      skipped: this.parts.skipped,
      log,
    });
    const broker = await this.#connectBroker();
    const listeners = await this.#startHttp(broker, results, letters, events);
    this.#releasers.add('results store', () => store?.close());
    await store?.open();
    const serving = await this.#startModel(broker);
    const pool = serving.slot;
    this.#throwIfStopped();
    await this.#createTopics(broker);
    const { source, outbox } = await this.#openBothEnds(broker, pool);
    this.#releasers.add('events', () => events.close());
    await events.start(broker, pool);
    const traced = this.#tracing.outbox(events.watched(outbox), tracedStream(config));
    this.#createPipeline(serving, source, traced, [
      ...(isFashionMnist(pool.shape) ? [results] : []),
      letters,
      serving.keeper.trial,
      serving.rollout,
      this.#drift,
      ...(this.options.observers ?? []),
      listeners,
    ]);
    this.#watchLag(source);
    if (config.demo.enabled ?? config.broker === 'memory') await this.#startDemo(broker);
  }

  /** Resolves when `maxDeliveries` are taken or the pipeline is drained; rejects if it cannot go on. */
  async run(): Promise<void> {
    await this.#pipeline().run();
  }

  /** Takes nothing new and waits for what is in flight, at most until `signal` aborts. */
  async drain(signal: AbortSignal): Promise<DrainReport> {
    this.parts.draining = true;
    this.parts.source?.stop?.(this.options.config.shutdownTimeout);
    const report = await this.#pipeline().drain(signal);
    this.#abandon.abort();
    return report;
  }

  get started(): boolean {
    return this.parts.pipeline !== null;
  }

  get idleMs(): number {
    return this.parts.pipeline?.idleMs ?? 0;
  }

  async close(): Promise<void> {
    this.parts.draining = true;
    this.#abandon.abort();
    await this.#releasers.releaseAll();
  }

  async #connectBroker(): Promise<Broker> {
    const { config, instanceId, log } = this.options;
    if (this.options.broker !== undefined) return (this.parts.broker = this.options.broker);
    const broker = await connect(config, instanceId, log);
    this.parts.broker = broker;
    this.#releasers.add('broker', () => broker.close());
    return broker;
  }

  async #startHttp(
    broker: Broker,
    results: ResultsView,
    ring: DeadLetterRing,
    { service }: Alerting,
  ): Promise<OutcomeObserver> {
    const { config, log, version, instanceId } = this.options;
    const publishing = createPublishJobs({ config, broker, instanceId, tracing: this.#tracing, log });
    this.#releasers.add('publish jobs', () => publishing.close());
    const monitor = new ActivityMonitor(() => this.parts);
    this.#releasers.add('activity monitor', () => monitor.close());
    const { services, observer, metrics } = createHttpServices({
      config,
      version,
      settings: this.options.settings,
      parts: this.parts,
      results,
      publishing,
      events: service,
      deadLetters: new KeptLetters({
        ring,
        input: () => inputTopic(broker, config),
        sink: () => this.parts.redrives,
        memory: redriveMemory(broker, config, this.#abandon.signal),
      }),
      monitor,
      load: this.#load,
      drift: this.#drift,
    });
    this.parts.metrics = metrics;
    if (config.http.enabled) {
      const { host, port, token, allowedHosts } = config.http;
      const http = await startHttpServer({
        host,
        port,
        allowedHosts,
        services,
        log,
        ...(token && { token }),
      });
      this.parts.http = http;
      this.#releasers.add('HTTP server', () => http.close(2_000));
      this.options.onListening?.(http.url);
    }
    return observer;
  }

  async #startModel(broker: Broker): Promise<ServingModel> {
    const { config, createPool, instanceId, log } = this.options;
    const serving = await startModel({ config, broker, createPool, metrics: this.parts.metrics, log });
    this.#releasers.add('worker pool', () => serving.close());
    assertPageKnows(serving.slot.shape, config);
    this.parts.pool = serving.slot;
    this.parts.models = serving.keeper;
    // A child process has no function of this one to try an image with.
    if (serving.poolOptions() !== null) {
      this.#journal = openJournal(config, instanceId, serving.poolOptions, this.parts.skipped, log);
      this.#releasers.add('crash journal', () => this.#journal?.close());
    }
    return serving;
  }

  async #createTopics(broker: Broker): Promise<void> {
    const { config, log, signal } = this.options;
    if (!createsTopics(config)) return;
    await createTopics(
      broker,
      config,
      topicsOf(config),
      log,
      signal,
      (reason) => (this.parts.waitingFor = reason),
    );
    this.parts.waitingFor = null;
  }

  async #openBothEnds(broker: Broker, pool: InferencePool): Promise<BothEnds> {
    const { config, log, signal } = this.options;
    const encoder = createOutcomeEncoder(config, () => pool.model);
    const { parallelism } = pool;
    const ends = createBothEnds(
      broker,
      config,
      { encode: this.#tracing.encoder(encoder), log, signal: this.#abandon.signal },
      { parallelism, maxDeliveries: this.options.maxDeliveries ?? Infinity },
    );
    const { source } = ends;
    this.parts.sink = ends.publishing;
    // Transactions have their own producer, and it takes nothing but outcomes.
    const sink = ends.sink ?? broker.createSink();
    this.#releasers.add('sink', () => sink.close());
    await sink.open(signal);
    this.parts.redrives = sink;
    this.parts.source = source;
    this.#releasers.add('source', () => source.close());
    await source.open(signal);
    return ends;
  }

  #createPipeline(
    { slot: pool, rollout }: ServingModel,
    source: MessageSource,
    outbox: Outbox,
    observers: OutcomeObserver[],
  ): void {
    const { config, log } = this.options;
    const { inference } = config;
    const goal = this.#startGoal(pool.parallelism);
    this.parts.outbox = outbox;
    this.parts.pipeline = new Pipeline(
      {
        source: this.parts.metrics?.counting(source) ?? source,
        classifier: pool,
        rollout,
        journal: this.#journal,
        outbox,
        inspect: createInspection(inference.maxImageBytes, pool.shape),
        observers: goal === null ? observers : [...observers, goal],
        pace: goal?.pace,
        backlog: () => this.#backlog.read(performance.now()),
        log,
      },
      {
        maxBatch: inference.maxBatch,
        parallelism: pool.parallelism,
        maxInteractive: MAX_INTERACTIVE,
        inFlight: { messages: inference.maxInFlight, bytes: inference.maxInFlightBytes },
        maxDeliveries: this.options.maxDeliveries ?? Infinity,
      },
    );
  }

  #startGoal(workers: number): GoalKeeper | null {
    const { targetP99: targetMs, maxBatch, maxInFlight: maxAhead } = this.options.config.inference;
    if (targetMs === undefined) return null;
    const now = (): number => performance.now();
    const goal = new GoalKeeper(
      { targetMs, maxBatch, workers, maxAhead },
      {
        pipeline: () => this.parts.pipeline,
        arrivalRate: () => this.#load.arrivalRate,
        backlog: () => this.#backlog.read(now()),
        now,
      },
    );
    this.parts.goal = goal;
    this.#releasers.add('latency goal', () => goal.close());
    return goal;
  }

  #watchLag(source: MessageSource): void {
    const stop = watchLag(source, this.options.log, (lag) => {
      this.parts.lag = lag;
      this.#backlog.update(lag, this.parts.pipeline?.inFlight.messages ?? 0, performance.now());
      this.#load.add({ at: performance.now(), outcomes: this.parts.metrics?.outcomes ?? 0, lag });
    });
    this.#releasers.add('lag watch', stop);
  }

  async #startDemo(broker: Broker): Promise<void> {
    const { config, log } = this.options;
    const demo = await startDemo({ broker, config, tracing: this.#tracing, log, lag: () => this.parts.lag });
    this.#releasers.add('demo publisher', () => demo.close());
  }

  #pipeline(): Pipeline {
    if (this.parts.pipeline) return this.parts.pipeline;
    throw new StreamInferError('NOT_READY', 'the processor is not started');
  }

  #throwIfStopped(): void {
    if (this.options.signal.aborted) throw new StreamInferError('ABORTED', 'stopped while starting');
  }
}
