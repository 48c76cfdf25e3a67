import type { Config } from '../config/schema';
import { deadLetterTopic, inputSubscription } from '../config/topics';
import { SplittingSource } from '../event-batches/splitting-source';
import { AtLeastOnceOutbox, type OutboxOptions } from '../pipeline/outbox';
import type {
  Broker,
  ConnectionStatus,
  MessageSink,
  MessageSource,
  Outbox,
  SourceOptions,
} from '../core/ports';
import { TransactionalOutbox } from '../pipeline/transactional-outbox';

/** The source of images and the way out for their outcomes; nothing is opened yet. */
export interface Endpoints {
  readonly source: MessageSource;
  /** Opened before the source and closed after it; null if transactions publish the outcomes. */
  readonly sink: MessageSink | null;
  readonly publishing: { status(): ConnectionStatus };
  readonly outbox: Outbox;
}

/** Load that the pipeline will put on the source. */
export interface ExpectedLoad {
  /** Batches in work at the same time. */
  readonly parallelism: number;
  /** Messages taken in total. */
  readonly maxDeliveries: number;
  /** See `SourceOptions`. */
  readonly isWorking?: () => boolean;
}

/**
 * Uses transactions for exactly-once delivery if the broker has them; otherwise publishes first and then settles.
 *
 * @param pushed used instead of a source of the broker
 * @param select applied to that source: the messages of one of several models
 */
export function createEndpoints(
  broker: Broker,
  config: Config,
  common: Pick<OutboxOptions, 'encode' | 'route' | 'log' | 'signal'>,
  load: ExpectedLoad,
  pushed?: MessageSource,
  select: (source: MessageSource) => MessageSource = (source) => source,
): Endpoints {
  const shared = { ...common, topics: { output: config.output.topic, dlq: deadLetterTopic(config) } };
  const options = sourceOptions(config, load);
  if (config.delivery === 'exactly-once' && broker.createTransactions !== undefined) {
    const transactions = broker.createTransactions(options);
    const outbox = new TransactionalOutbox({ ...shared, transactions });
    return { source: transactions.source, sink: null, publishing: transactions, outbox };
  }
  const sink = broker.createSink();
  const taken = select(pushed ?? broker.createSource(options));
  const source = config.input.batches === 'none' ? taken : new SplittingSource(taken);
  return { source, sink, publishing: sink, outbox: new AtLeastOnceOutbox({ ...shared, sink, source }) };
}

function sourceOptions(config: Config, load: ExpectedLoad): SourceOptions {
  const { input, inference } = config;
  return {
    topic: input.topic,
    group: input.group,
    subscription: inputSubscription(config),
    from: input.from,
    maxInFlight: inference.maxInFlight,
    maxInFlightBytes: inference.maxInFlightBytes,
    maxLeased: maxLeased(inference.maxBatch, load, input.rate),
    ...(load.isWorking && { isWorking: load.isWorking }),
  };
}

/** Small batches must not leave the workers idle during a round trip to the broker. */
const LEAST_LEASED = 256;
/** Leased batches per worker: one in work, two ahead, one being published. */
const BATCHES_LEASED = 4;

/** With a rate limit, other readers may take the messages that would wait here for longer, s. */
const LONGEST_LEASED = 5;

/** Limits leases: messages returned unread at a stop count as failed deliveries at the broker. */
export function maxLeased(
  maxBatch: number,
  { parallelism, maxDeliveries }: ExpectedLoad,
  rate = Infinity,
): number {
  const ahead = Math.max(LEAST_LEASED, BATCHES_LEASED * maxBatch * parallelism);
  return Math.min(ahead, maxDeliveries, Math.max(1, Math.ceil(rate * LONGEST_LEASED)));
}
