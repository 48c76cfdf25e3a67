import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { Broker, Log } from '../core/ports';
import { startHttpServer } from '../http/server';
import type { Setting } from '../http/services';
import { DeadLetterRing } from '../results/dead-letter-ring';
import { createEventLog } from '../results/events/event-log';
import { createMemoryEvents } from '../results/events/memory-events';
import { createStoredEvents } from '../results/store/stored-events';
import { connect, createsTopics, topicsOf } from '../setup/connect';
import { redriveMemory } from '../dead-letters/connect-memory';
import { inputTopic } from '../dead-letters/input-topic';
import { KeptLetters } from '../dead-letters/kept';
import { createHttpServices } from '../processor/http-services';
import { watchLag } from '../telemetry/lag-watch';
import { LoadMeter } from '../telemetry/load-meter';
import { createTopics } from '../setup/resource-ledger';
import { noParts } from '../processor/processor-parts';
import { createPublishJobs } from '../publishing/publish-jobs';
import { Releasers } from '../setup/releasers';
import { createResultsOf, servedStorePath, type ProcessResults } from '../setup/results';
import { ActivityMonitor } from '../telemetry/runtime-activity';
import type { Tracing } from '../telemetry/tracing/tracing';
import { Followers } from './followers';
import { answersOfServe } from './services';
import { ReceivedEvents } from '../alerting/received-events';
import { serveSubscriptions } from './topics';

export interface ResultsServerOptions {
  readonly config: Config;
  /** The same as the page shows it. */
  readonly settings: readonly Setting[];
  readonly version: string;
  readonly instanceId: string;
  readonly tracing: Tracing;
  readonly log: Log;
  /** Aborts a start that waits for something. */
  readonly signal: AbortSignal;
  /** Told as soon as the server listens. */
  readonly onListening?: (url: string) => void;
}

/**
 * HTTP and the page beside the processes that classify: everything it shows was read from the topics that those write.
 * Acquired in order by `start`, released in reverse by `close`.
 */
export class ResultsServer {
  readonly #parts = noParts();
  readonly #releasers: Releasers;
  readonly #abandon = new AbortController();
  #followers: Followers | null = null;

  constructor(private readonly options: ResultsServerOptions) {
    this.#releasers = new Releasers(options.log);
  }

  /** http → store → broker → readers. Rejects with FILE_UNREADABLE when the store cannot be opened, with ABORTED. */
  async start(): Promise<void> {
    const { config, instanceId, log, signal } = this.options;
    const broker = await connect(config, instanceId, log);
    this.#parts.broker = broker;
    this.#releasers.add('broker', () => broker.close());
    const { skipped } = this.#parts;
    const kept = createResultsOf(config, skipped, log, servedStorePath(config), true);
    const ring = new DeadLetterRing(() => null);
    const stored = kept.store && createStoredEvents(kept.store);
    const events = new ReceivedEvents(
      createEventLog(createMemoryEvents(), stored),
      config.alerts,
      (problem) => skipped.add('events', 1, { problem }, log),
    );
    const onlooker = await this.#startHttp(broker, kept, ring, events);
    await this.#openStore(kept);
    const name = await this.#nameOf(kept);
    await this.#createTopics(broker, name);
    this.#openSink(broker);
    const followers = new Followers({
      broker,
      config,
      name,
      kept,
      ring,
      events,
      onlookers: [kept.memory, onlooker],
      skipped,
      log,
    });
    this.#followers = followers;
    this.#releasers.add('readers', () => followers.close());
    const source = await followers.open(signal, (opening) => (this.#parts.source = opening));
    this.#releasers.add(
      'lag watch',
      watchLag(source, log, (lag) => (this.#parts.lag = lag)),
    );
  }

  /** Reads and serves until `signal` aborts; rejects if it cannot go on. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#followers?.run(AbortSignal.any([signal, this.#abandon.signal]));
  }

  async close(): Promise<void> {
    this.#parts.draining = true;
    this.#abandon.abort();
    await this.#releasers.releaseAll();
  }

  async #startHttp(
    broker: Broker,
    kept: ProcessResults,
    ring: DeadLetterRing,
    { service }: ReceivedEvents,
  ): Promise<ReturnType<typeof createHttpServices>['onlooker']> {
    const { config, settings, version, instanceId, tracing, log } = this.options;
    const publishing = createPublishJobs({ config, broker, instanceId, tracing, log });
    this.#releasers.add('publish jobs', () => publishing.close());
    const monitor = new ActivityMonitor(() => this.#parts);
    this.#releasers.add('activity monitor', () => monitor.close());
    const { services, onlooker, metrics } = createHttpServices({
      config,
      version,
      settings,
      parts: this.#parts,
      results: kept.results,
      publishing,
      events: service,
      deadLetters: new KeptLetters({
        ring,
        input: () => inputTopic(broker, config),
        sink: () => this.#parts.redrives,
        memory: redriveMemory(broker, config, this.#abandon.signal),
      }),
      monitor,
      load: new LoadMeter(),
      instead: answersOfServe(this.#parts, kept.store, () => this.#followers?.model ?? null),
    });
    this.#parts.metrics = metrics;
    const { host, port, token, allowedHosts } = config.http;
    const http = await startHttpServer({ host, port, allowedHosts, services, log, ...(token && { token }) });
    this.#parts.http = http;
    this.#releasers.add('HTTP server', () => http.close(2_000));
    this.options.onListening?.(http.url);
    return onlooker;
  }

  /** What is read is kept nowhere else: without its store, this process would only seem to work. */
  async #openStore({ store }: ProcessResults): Promise<void> {
    if (store === null) return;
    this.#releasers.add('results store', () => store.close());
    await store.open();
    if (store.alarm !== null)
      throw new StreamInferError('FILE_UNREADABLE', `the results store ${store.alarm}`);
  }

  /** What this reader is called where the broker remembers it: it has to be the same as long as the store is. */
  async #nameOf({ store }: ProcessResults): Promise<string | null> {
    const { config } = this.options;
    if (config.broker !== 'pubsub') return null;
    return config.instanceId ?? (store === null ? null : await store.name());
  }

  async #createTopics(broker: Broker, name: string | null): Promise<void> {
    const { config, log, signal } = this.options;
    const wanted = [
      ...(createsTopics(config) ? topicsOf(config) : []),
      ...(name === null ? [] : serveSubscriptions(config, name)),
    ];
    if (wanted.length === 0) return;
    await createTopics(broker, config, wanted, log, signal, (reason) => (this.#parts.waitingFor = reason));
    this.#parts.waitingFor = null;
  }

  /** For dead letters that are redriven from the page; reading does not wait for it. */
  #openSink(broker: Broker): void {
    const sink = broker.createSink();
    this.#parts.sink = sink;
    this.#parts.redrives = sink;
    this.#releasers.add('sink', () => sink.close());
    sink.open(this.#abandon.signal).catch((error: unknown) => {
      if (!this.#abandon.signal.aborted)
        this.options.log.error(
          { error: StreamInferError.from(error).message },
          'nothing can be published from here',
        );
    });
  }
}
