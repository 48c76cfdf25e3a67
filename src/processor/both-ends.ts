import type { Config } from '../config/schema';
import { deadLetterTopic, inputSubscription } from '../config/topics';
import { AtLeastOnceOutbox, type OutboxParts } from '../pipeline/outbox';
import type {
  Broker,
  ConnectionStatus,
  MessageSink,
  MessageSource,
  Outbox,
  SourceOptions,
} from '../core/ports';
import { TransactionalOutbox } from '../pipeline/transactional-outbox';

/** Where images come from and where their outcomes go; nothing is opened yet. */
export interface BothEnds {
  readonly source: MessageSource;
  /** To be opened before the source and closed after it; null where the source has its own. */
  readonly sink: MessageSink | null;
  readonly publishing: { status(): ConnectionStatus };
  readonly outbox: Outbox;
}

/** What the pipeline will take. */
export interface ExpectedLoad {
  /** Batches that are worked on at the same time. */
  readonly parallelism: number;
  /** It takes so many messages and no more. */
  readonly maxDeliveries: number;
}

/** Transactions where they are asked for and the broker offers them; otherwise publishing, then settling. */
export function createBothEnds(
  broker: Broker,
  config: Config,
  common: Pick<OutboxParts, 'encode' | 'log' | 'signal'>,
  load: ExpectedLoad,
): BothEnds {
  const parts = { ...common, topics: { output: config.output.topic, dlq: deadLetterTopic(config) } };
  const options = sourceOptions(config, load);
  if (config.delivery === 'exactly-once' && broker.createTransactions !== undefined) {
    const transactions = broker.createTransactions(options);
    const outbox = new TransactionalOutbox({ ...parts, transactions });
    return { source: transactions.source, sink: null, publishing: transactions, outbox };
  }
  const sink = broker.createSink();
  const source = broker.createSource(options);
  return { source, sink, publishing: sink, outbox: new AtLeastOnceOutbox({ ...parts, sink, source }) };
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
    maxLeased: maxLeased(inference.maxBatch, load),
  };
}

/** Leased at least, whatever the batches: the way to the broker and back takes its time. */
const LEAST_LEASED = 256;
/** Batches of each worker that may be leased: one in work, two ahead, one being published. */
const BATCHES_LEASED = 4;

/** What is leased and not taken goes back when the process stops, and the broker counts that as a failed delivery. */
function maxLeased(maxBatch: number, { parallelism, maxDeliveries }: ExpectedLoad): number {
  return Math.min(Math.max(LEAST_LEASED, BATCHES_LEASED * maxBatch * parallelism), maxDeliveries);
}
