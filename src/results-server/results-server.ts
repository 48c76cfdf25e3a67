import { ReceivedEvents } from '../alerting/received-events';
import { acquireBroker, createMissingTopics } from '../composition/broker';
import { createContext, type ProcessContext, type ProcessOptions } from '../composition/context';
import { Lifecycle } from '../composition/lifecycle';
import { startHttp } from '../composition/start-http';
import { readsBySubscription } from '../config/broker';
import { StreamInferError } from '../core/errors';
import type { Broker, MessageSink, OutcomeObserver, PartitionLag } from '../core/ports';
import { DeadLetterRing } from '../results/dead-letter-ring';
import { createEventStoreWithFallback } from '../results/events/event-store-with-fallback';
import { createMemoryEvents } from '../results/events/memory-events';
import { createStoredEvents } from '../results/store/stored-events';
import { createsTopics, topicsOf } from '../setup/topics';
import { assertNamedFiles } from '../setup/named-files';
import { createResultsOf, servedStorePath, type ProcessResults } from '../setup/results-store';
import { watchLag } from '../telemetry/lag-watch';
import { Followers } from './followers';
import type { ServerResources } from './resources';
import { createRoleServices } from './role-services';
import { serveSubscriptions } from './topics';

/**
 * HTTP and the dashboard without a model: shows the predictions of other processes, read from their topics.
 * Acquired in order by `start`, released in reverse by `close`.
 */
export class ResultsServer {
  readonly #context: ProcessContext;
  readonly #lifecycle = new Lifecycle<ServerResources>();
  #lag: readonly PartitionLag[] = [];

  constructor(private readonly options: ProcessOptions) {
    this.#context = createContext(options);
  }

  /** HTTP → store → sink → readers. Rejects with FILE_UNREADABLE or CONFIG_INVALID if the store cannot be opened, and with ABORTED. */
  async start(): Promise<void> {
    const { config, skipped, log, signal, releasers } = this.#context;
    assertNamedFiles(config);
    const broker = await acquireBroker(this.#context);
    const kept = createResultsOf(config, skipped, log, servedStorePath(config), true);
    const ring = new DeadLetterRing(() => null);
    const events = this.#createEvents(kept);
    const feedObserver = await this.#startHttp(broker, kept, ring, events);
    await this.#openStore(kept);
    const known = kept.store?.usable ? await kept.store.classNames() : [];
    for (const [label, name] of known) kept.names.learn(label, name);
    const name = await this.#nameOf(kept);
    await this.#createTopics(broker, name);
    const sink = this.#openSink(broker);
    const observers = [kept.memory, feedObserver];
    const followers = new Followers({ broker, config, name, kept, ring, events, observers, skipped, log });
    this.#lifecycle.acquire({ followers });
    releasers.add('readers', () => followers.close());
    const source = await followers.open(signal, (opening) => this.#lifecycle.acquire({ source: opening }));
    this.#lifecycle.run({ sink, followers, source });
    const stopWatching = watchLag(source, log, (lag) => (this.#lag = lag));
    releasers.add('lag watch', stopWatching);
  }

  /** Reads and serves until `signal` aborts; rejects if it cannot continue. */
  async run(signal: AbortSignal): Promise<void> {
    const { abandon } = this.#context;
    await this.#lifecycle.acquired.followers?.run(AbortSignal.any([signal, abandon.signal]));
  }

  async close(): Promise<void> {
    this.#lifecycle.drain();
    this.#context.abandon.abort();
    await this.#context.releasers.releaseAll().finally(() => this.#lifecycle.stop());
  }

  #createEvents({ store }: ProcessResults): ReceivedEvents {
    const { config, skipped, log } = this.#context;
    const events = createEventStoreWithFallback(createMemoryEvents(), store && createStoredEvents(store));
    return new ReceivedEvents(events, config.alerts, {
      isStored: store?.shared ?? false,
      onSkipped: (problem) => skipped.add('events', 1, { problem }, log),
    });
  }

  async #startHttp(
    broker: Broker,
    { results, store }: ProcessResults,
    ring: DeadLetterRing,
    { service }: ReceivedEvents,
  ): Promise<OutcomeObserver> {
    const lifecycle = this.#lifecycle;
    const hasLatencyGoal = this.options.config.inference.targetP99 !== undefined;
    const { feedObserver } = await startHttp(this.#context, {
      broker,
      results,
      ring,
      events: service,
      lag: () => this.#lag,
      visible: () => {
        const { sink, source } = lifecycle.acquired;
        return { ...(source && { source }), ...(sink && { redrives: sink }) };
      },
      roleOf: () => createRoleServices({ lifecycle, store, hasLatencyGoal, reach: broker.reach }),
      listen: true,
    });
    return feedObserver;
  }

  /** Without its own store, this process would lose everything it reads; it does not write to a shared one. */
  async #openStore({ store }: ProcessResults): Promise<void> {
    if (store === null) return;
    this.#context.releasers.add('results store', () => store.close());
    await store.open();
    if (store.alarm !== null && !store.shared)
      throw new StreamInferError('FILE_UNREADABLE', `the results store ${store.alarm}`);
  }

  /** Name of this reader at the broker; it must stay the same as long as the store exists. */
  async #nameOf({ store }: ProcessResults): Promise<string | null> {
    const { config } = this.options;
    if (!readsBySubscription(config)) return null;
    return config.instanceId ?? (store === null || store.shared ? null : await store.name());
  }

  async #createTopics(broker: Broker, name: string | null): Promise<void> {
    const { config } = this.options;
    const topics = [
      ...(createsTopics(config) ? topicsOf(config) : []),
      ...(name === null ? [] : serveSubscriptions(config, name)),
    ];
    await createMissingTopics(this.#context, broker, topics, (reason) => this.#lifecycle.waitFor(reason));
  }

  /** For dead letters redriven from the dashboard; reading does not wait for it. */
  #openSink(broker: Broker): MessageSink {
    const { log, abandon, releasers } = this.#context;
    const sink = broker.createSink();
    this.#lifecycle.acquire({ sink });
    releasers.add('sink', () => sink.close());
    sink.open(abandon.signal).catch((error: unknown) => {
      if (!abandon.signal.aborted)
        log.error(
          { error: StreamInferError.from(error).message },
          'cannot publish; dead letters cannot be redriven from here',
        );
    });
    return sink;
  }
}
