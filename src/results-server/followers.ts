import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Broker, Log, MessageSource, OutcomeObserver } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';
import type { RecordSource, SkippedRecords } from '../core/skipped-records';
import { DEAD_LETTER_LIMITS, type DeadLetterRing } from '../results/dead-letter-ring';
import type { Position } from '../results/store/arrivals';
import type { ProcessResults } from '../setup/results-store';
import {
  decodeEventPositions,
  decodeDeadLetters,
  decodePredictions,
  type Decoded,
} from './decode-deliveries';
import type { ReceivedEvents } from '../alerting/received-events';
import { followTopic, type StoreDeliveries } from './topic-follower';
import { createFollower, followedTopics } from './topics';

export interface FollowersOptions {
  readonly broker: Broker;
  readonly config: Config;
  /** See `createFollower`. */
  readonly name: string | null;
  readonly kept: ProcessResults;
  readonly ring: DeadLetterRing;
  readonly events: ReceivedEvents;
  /** Notified of stored outcomes. */
  readonly observers: readonly OutcomeObserver[];
  /** Counts messages that do not fit the schema of their topic. */
  readonly skipped: SkippedRecords;
  readonly log: Log;
}

interface Follower {
  readonly source: MessageSource;
  readonly store: StoreDeliveries;
}

/**
 * The readers of the predictions, the dead letters and the events. With a shared store, into which the processes that
 * predict write themselves, they only feed the live views.
 */
export class Followers {
  readonly #followers: Follower[] = [];
  readonly #stop = new AbortController();
  #model: ModelIdentity | null = null;

  constructor(private readonly options: FollowersOptions) {}

  /** Model of the latest prediction. */
  get model(): ModelIdentity | null {
    return this.#model;
  }

  /**
   * Resolves with the connected reader of the predictions. The other readers connect when their topics exist.
   *
   * @param onSource called with that reader before it connects, so that its status can be shown
   */
  async open(signal: AbortSignal, onSource: (source: MessageSource) => void): Promise<MessageSource> {
    const { predictions, letters, events } = followedTopics(this.options.config);
    const source = this.#follow(predictions, await this.#positions(predictions), (deliveries) =>
      this.#storePredictions(deliveries),
    );
    const stored = await this.#positions(letters);
    const known = new Map(stored.map(({ partition, next }) => [partition, next]));
    this.#follow(letters, stored.map(startingEarlier), (deliveries) =>
      this.#store('dead-letters', decodeDeadLetters(deliveries, known)),
    );
    if (events !== null)
      this.#follow(events, await this.#positions(events), async (deliveries) => {
        await this.options.events.store(deliveries);
        await this.#store('events', decodeEventPositions(deliveries));
      });
    onSource(source);
    await source.open(signal);
    return source;
  }

  /** Rejects if a reader cannot continue. */
  async run(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stop.signal]);
    await Promise.all(
      this.#followers.map(async ({ source, store }, i) => {
        if (i > 0) await this.#openWhenCreated(source, either);
        await followTopic(source, store, this.options.log, either);
      }),
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#followers.map(({ source }) => source.close()));
  }

  #follow(topic: string, positions: readonly Position[], store: StoreDeliveries): MessageSource {
    const { broker, config, name, kept } = this.options;
    // What is in a shared store need not be read again; the latest dead letters are kept in memory only.
    const isKnown = kept.store?.shared === true && topic !== followedTopics(config).letters;
    const source = createFollower(broker, config, topic, name, positions, isKnown ? 'latest' : 'earliest');
    this.#followers.push({ source, store });
    return source;
  }

  async #openWhenCreated(source: MessageSource, signal: AbortSignal): Promise<void> {
    await source.open(signal).catch((error: unknown) => {
      if (!signal.aborted) throw StreamInferError.from(error);
    });
  }

  async #positions(topic: string): Promise<readonly Position[]> {
    const { store } = this.options.kept;
    return store === null || store.shared ? [] : await store.positions(topic);
  }

  async #storePredictions(deliveries: readonly Delivery[]): Promise<void> {
    const decoded = decodePredictions(deliveries);
    await this.#store('predictions', decoded);
    const latest = decoded.outcomes.at(-1);
    for (const outcome of decoded.outcomes)
      if (outcome.kind === 'prediction')
        this.options.kept.names.learn(outcome.label, outcome.prediction.className);
    if (latest?.kind === 'prediction') this.#model = latest.model;
  }

  async #store(
    from: RecordSource,
    { arrivals, outcomes, letters, skipped, problem = '' }: Decoded,
  ): Promise<void> {
    const { store } = this.options.kept;
    if (store?.shared === false) await store.put(arrivals);
    this.options.ring.add(letters);
    this.options.skipped.add(from, skipped, { problem }, this.options.log);
    if (outcomes.length > 0) for (const observer of this.options.observers) observer.onOutcomes(outcomes, 0);
  }
}

/** The latest dead letters are kept in memory only, so a restart reads them again for the dashboard. */
function startingEarlier({ topic, partition, next }: Position): Position {
  return { topic, partition, next: Math.max(0, next - DEAD_LETTER_LIMITS.count) };
}
