import { Alerting } from '../alerting/alerting';
import { acquireBroker, createMissingTopics } from '../composition/broker';
import { createContext, type ProcessContext, type ProcessOptions } from '../composition/context';
import { Lifecycle } from '../composition/lifecycle';
import { Deferred } from '../core/async/deferred';
import { startHttp, type StartedHttp } from '../composition/start-http';
import { StreamInferError } from '../core/errors';
import { predictionVersionOf } from '../core/model-description';
import type { Broker, ConnectionStatus, OutcomeObserver } from '../core/ports';
import { chainResolvers, type ValueResolver } from '../core/resolver';
import type { LabelsService } from '../http/label-services';
import type { Classified, ClassifyOptions } from '../http/services';
import type { InferencePool, PoolOptions } from '../inference/pool';
import type { DrainReport, Pipeline } from '../pipeline/pipeline';
import type { Push } from '../push/create-push';
import type { DriftMonitor } from '../quality/drift-monitor';
import type { Workers } from '../steering/workers';
import type { StreamSteering } from '../steering/stream-steering';
import { DeadLetterRing } from '../results/dead-letter-ring';
import type { ResultsView } from '../results/view';
import { createRoute } from '../routing/create-route';
import { createsTopics, topicsOf } from '../setup/topics';
import { assertNamedFiles } from '../setup/named-files';
import { createResultsOf } from '../setup/results-store';
import { assertSameClasses } from './same-classes';
import { OutcomeLog } from '../telemetry/outcome-log';
import { tracedStream } from '../telemetry/tracing/traced-stream';
import { acquireModel, type AcquiredModel } from './acquire-model';
import { createDrift } from './create-drift';
import { createLabelsIfEnabled } from './create-labels';
import { createPipeline } from './create-pipeline';
import { createPushIfEnabled } from './create-push';
import { createSteering, createWorkers } from './create-steering';
import { framePredictions } from './frame-predictions';
import { InteractiveClassifier } from './interactive';
import { acquireOutsideImages } from './outside-images';
import { openEndpoints, type OpenEndpoints } from './open-endpoints';
import { refusalOfPush } from './readiness';
import type { ProcessorResources } from './resources';
import { createRoleServices } from './role-services';
import { startDemoImages } from './start-demo-images';
import { StreamLoad } from './stream-load';

export interface ProcessorOptions extends ProcessOptions {
  /** Infinity if absent. */
  readonly maxDeliveries?: number;
  readonly observers?: readonly OutcomeObserver[];
  /** Used instead of the configured broker; stays open when the processor is closed. */
  readonly broker?: Broker | undefined;
  /** Creates a classifier to use instead of the worker pool. */
  readonly createPool?: ((options: PoolOptions) => InferencePool) | undefined;
  /** Replace the values of messages before they are recognised; the first one first. */
  readonly resolvers?: readonly ValueResolver[];
}

/** The whole of `run`: source, pool, sink, HTTP. Acquired in order by `start`, released in reverse by `close`. */
export class Processor {
  readonly #context: ProcessContext;
  readonly #lifecycle = new Lifecycle<ProcessorResources>();
  readonly #load = new StreamLoad();
  readonly #interactive = new InteractiveClassifier(() => this.#lifecycle.acquired.pipeline);
  readonly #drift: DriftMonitor;
  readonly #maxDeliveries: number;
  readonly #workers: Workers;
  readonly #steering: StreamSteering | null;
  /** An operator asked for a drain. */
  readonly drainAsked = new Deferred();
  /** Takes the images instead of a subscription, if messages are pushed. */
  readonly #push: Push | undefined;
  #broker: Broker | null = null;
  #url: string | null = null;

  constructor(private readonly options: ProcessorOptions) {
    this.#context = createContext(options);
    this.#maxDeliveries = options.maxDeliveries ?? Infinity;
    this.#workers = createWorkers(this.#context, this.#lifecycle);
    const drain = () => this.drainAsked.resolve();
    this.#steering = createSteering(
      this.#context,
      this.#lifecycle,
      this.#maxDeliveries,
      this.#workers,
      drain,
    );
    this.#push = createPushIfEnabled(options, () => refusalOfPush(this.#lifecycle));
    this.#drift = createDrift(options.config, (model) =>
      this.#lifecycle.acquired.model?.router.baselineOf(model),
    );
  }

  /** HTTP (alive, not ready) → results → pool → sink → source → pipeline. Rejects with ABORTED when `signal` aborts. */
  async start(): Promise<void> {
    const { config, version, instanceId, skipped, log, releasers, tracing } = this.#context;
    assertNamedFiles(config);
    const { results, names, store } = createResultsOf(config, skipped, log);
    const ring = new DeadLetterRing(() => this.#lifecycle.acquired.model?.router.model ?? null);
    const { resolvers, originals } = await acquireOutsideImages(
      this.#context,
      () => this.#lifecycle.acquired.model?.router.shape,
    );
    const events = new Alerting({ config, version, instanceId, store, originals, skipped, log });
    const broker = await acquireBroker(this.#context, this.options.broker);
    this.#broker = broker;
    const service = createLabelsIfEnabled(this.#context, this.#lifecycle, results, store);
    const http = await this.#startHttp(broker, results, ring, events, service);
    releasers.add('pushed messages', () => this.#push?.source.close());
    releasers.add('results store', () => store?.close());
    await store?.open();
    const { createPool } = this.options;
    const { model, journal } = await acquireModel(
      this.#context,
      broker,
      {
        createPool,
        metrics: http.metrics,
        driftOf: (one) => this.#drift.view(one),
        onWait: (reason) =>
          this.#lifecycle.waitFor(reason && `the model is not available: ${reason}; retrying`),
      },
      (warm) => this.#lifecycle.acquire({ model: warm }),
    );
    const route = createRoute(config, model.router);
    const { labels } = model.router.shape;
    names.use(labels);
    // Without a path, each model has a file of its own.
    if (store && config.store.path !== undefined) await assertSameClasses(store, labels);
    this.#throwIfStopped();
    await this.#createTopics(broker);
    const framed = await framePredictions(config, {
      version: predictionVersionOf(model.router.description),
      signal: this.options.signal,
      onWait: (reason) => this.#lifecycle.waitFor(reason),
      log,
    });
    const endpoints = await openEndpoints(
      this.#context,
      broker,
      model.router,
      this.#maxDeliveries,
      { route, framed },
      (resources) => this.#lifecycle.acquire(resources),
      this.#push?.source,
    );
    releasers.add('events', () => events.close());
    await events.start(broker, model.router);
    const outbox = tracing.outbox(events.watched(endpoints.outbox), tracedStream(config));
    this.#startPipeline(http, { model, journal }, { ...endpoints, outbox }, resolvers, [
      results,
      ring,
      model.manager.probation,
      model.rollout,
      this.#drift,
      new OutcomeLog({ slowMs: config.log.slow, level: config.demo.enabled ? 'debug' : 'info', log }),
      ...(this.options.observers ?? []),
      ...(route === undefined ? [] : [http.metrics.routed(route)]),
      http.observer,
    ]);
    if (config.demo.enabled ?? config.broker === 'memory')
      await startDemoImages(this.#context, broker, model.router.shape, this.#load);
  }

  /**
   * Resolves when `maxDeliveries` are taken, the pipeline is drained, or an operator asks for a drain; rejects if it
   * cannot continue.
   */
  async run(): Promise<void> {
    await Promise.race([this.#pipeline().run(), this.drainAsked.promise]);
  }

  /** Takes nothing new and waits for what is in flight, at most until `signal` aborts. */
  async drain(signal: AbortSignal): Promise<DrainReport> {
    this.#lifecycle.drain();
    this.#lifecycle.acquired.source?.stop?.(this.options.config.shutdownTimeout);
    const report = await this.#pipeline().drain(signal);
    this.#context.abandon.abort();
    return report;
  }

  async close(): Promise<void> {
    this.#lifecycle.drain();
    this.#context.abandon.abort();
    await this.#context.releasers.releaseAll().finally(() => this.#lifecycle.stop());
  }

  /** null before the start. */
  get broker(): Broker | null {
    return this.#broker;
  }

  /** Of the dashboard and the API; null without HTTP. */
  get url(): string | null {
    return this.#url;
  }

  get idleMs(): number {
    return this.#lifecycle.acquired.pipeline?.idleMs ?? 0;
  }

  /** Of the input. */
  status(): ConnectionStatus {
    return this.#lifecycle.acquired.source?.status() ?? { state: 'closed' };
  }

  /** Classifies one image through the interactive lane. */
  async classify(bytes: Buffer, options: ClassifyOptions, sourceId: string): Promise<Classified> {
    return await this.#interactive.classify(bytes, options, sourceId);
  }

  async #startHttp(
    broker: Broker,
    results: ResultsView,
    ring: DeadLetterRing,
    { service }: Alerting,
    labels: LabelsService | undefined,
  ): Promise<StartedHttp> {
    const { config } = this.options;
    const lifecycle = this.#lifecycle;
    const http = await startHttp(this.#context, {
      broker,
      results,
      ring,
      events: service,
      lag: () => this.#load.lag,
      visible: () => {
        const { model, ...resources } = lifecycle.acquired;
        return model === undefined ? resources : { ...resources, pool: model.router };
      },
      roleOf: (activity) => {
        this.#context.releasers.add(
          'workers',
          this.#workers.watch(() => activity().workerUtilization),
        );
        return createRoleServices({
          lifecycle,
          interactive: this.#interactive,
          load: this.#load,
          drift: this.#drift,
          activity,
          config,
          steering: this.#steering,
          labels,
          push: this.#push?.endpoint,
          reach: broker.reach,
        });
      },
      listen: config.http.enabled,
    });
    this.#url = http.url;
    return http;
  }

  async #createTopics(broker: Broker): Promise<void> {
    const { config } = this.options;
    const topics = createsTopics(config) ? topicsOf(config) : [];
    await createMissingTopics(this.#context, broker, topics, (reason) => this.#lifecycle.waitFor(reason));
  }

  #startPipeline(
    { metrics }: StartedHttp,
    { model, journal }: AcquiredModel,
    endpoints: OpenEndpoints,
    resolvers: readonly ValueResolver[],
    observers: readonly OutcomeObserver[],
  ): void {
    const { config, log, releasers } = this.#context;
    const { source, outbox, input, onAbandoned } = endpoints;
    source.onCommitted?.((ms) => metrics.committed(ms));
    const { pipeline, ...built } = createPipeline({
      config,
      model,
      journal,
      source: metrics.counting(input),
      resolver: chainResolvers([...(this.options.resolvers ?? []), ...resolvers]),
      selection: this.options.member?.selection,
      outbox,
      onAbandoned,
      observers,
      load: this.#load,
      maxDeliveries: this.#maxDeliveries,
      log,
    });
    releasers.add('latency goal', () => built.goal?.close());
    this.#lifecycle.run({ model, ...endpoints, pipeline, ...built });
    const counts = () => ({ inFlight: pipeline.inFlight.messages, outcomes: metrics.outcomes });
    releasers.add('lag watch', this.#load.watch(source, log, counts));
  }

  #pipeline(): Pipeline {
    const { pipeline } = this.#lifecycle.acquired;
    if (pipeline) return pipeline;
    throw new StreamInferError('NOT_READY', 'the processor is not started');
  }

  #throwIfStopped(): void {
    if (this.options.signal.aborted) throw new StreamInferError('ABORTED', 'stopped while starting');
  }
}
