/** The add-on behind promises. It lives on the main thread only: it is not context-aware. */
import { StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import { fromHeaders, keepEmpty } from './convert';
import type {
  NativeConsumer,
  NativeProducer,
  NativeSdk,
  LibrdKafkaError,
  Message,
  Metadata,
  TopicPartition,
  TopicPartitionOffsetAndMetadata,
} from './native';

type Client = NativeConsumer | NativeProducer;

/** How long a client waits for the first answer of a broker, ms; librdkafka's own limit would be 30 s. */
const CONNECT_TIMEOUT = 5_000;
/** How long leaving may take before it is left to itself, ms. */
const DISCONNECT_TIMEOUT = 8_000;

let loaded: NativeSdk | undefined;

/** Loads the add-on on first use. Throws DEPENDENCY_MISSING. */
export function loadKafka(): NativeSdk {
  if (loaded !== undefined) return loaded;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is an optional native add-on
    loaded = require('@confluentinc/kafka-javascript') as NativeSdk;
    return loaded;
  } catch (error) {
    throw new StreamInferError(
      'DEPENDENCY_MISSING',
      'The Kafka broker needs the native add-on @confluentinc/kafka-javascript, which does not load here. ' +
        'Run `node scripts/setup.mjs` in a checkout; elsewhere `stream-infer doctor --broker kafka` names the command.',
      { cause: error },
    );
  }
}

/**
 * Resolves with the metadata of `topic` (of none if undefined) when a broker answered. After a rejection the client is
 * gone already. Nothing may disconnect it meanwhile: librdkafka's binding crashes when both run.
 */
export function connectClient(client: Client, topic?: string): Promise<Metadata> {
  const options = topic === undefined ? { allTopics: false } : { topic };
  return new Promise((resolve, reject) => {
    client.connect(
      { ...options, timeout: CONNECT_TIMEOUT },
      (error: LibrdKafkaError | null | undefined, metadata) => {
        if (error) reject(asError(error));
        else resolve(metadata);
      },
    );
  });
}

/** Resolves with false if it took too long and goes on by itself. A disconnected client cannot be used again. */
export function disconnectClient(client: Client): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), DISCONNECT_TIMEOUT);
    const done = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    if ('produce' in client) client.disconnect(1_000, done);
    else client.disconnect(done);
  });
}

/** At most `max` messages; none when nothing came within the consumer's time-out. Only one at a time. */
export function consume(consumer: NativeConsumer, max: number): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    consumer.consume(max, (error: LibrdKafkaError | null, messages) => {
      if (error) reject(asError(error));
      else resolve(messages);
    });
  });
}

/**
 * The same with a time-out, ms, and no wait after the first message: the client's own way is to wait another millisecond
 * behind each one, which never ends as long as one comes every millisecond. 0 takes what is ready.
 */
export function consumeWithin(consumer: NativeConsumer, max: number, timeout: number): Promise<Message[]> {
  // Both are read when `consume` is called.
  consumer.setDefaultConsumeTimeout(timeout);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(false);
  return consume(consumer, max);
}

/** Puts a message into the producer's queue; returns why it could not. `opaque` comes back with the delivery report. */
export function produce(
  producer: NativeProducer,
  topic: string,
  { key, value, timestamp, headers }: OutgoingMessage,
  opaque?: number,
): unknown {
  try {
    producer.produce(topic, null, keepEmpty(value), keepEmpty(key), timestamp, opaque, fromHeaders(headers));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Waits until nothing is left in the producer, at most so long, ms; resolves with why something may be. */
export function flush(producer: NativeProducer, timeout: number): Promise<unknown> {
  return new Promise((resolve) => {
    try {
      producer.flush(timeout, (error: unknown) => resolve(error ?? undefined));
    } catch (error) {
      // It is not connected any more.
      resolve(error);
    }
  });
}

export function topicMetadata(client: Client, topic: string): Promise<Metadata> {
  return new Promise((resolve, reject) => {
    client.getMetadata(
      { topic, timeout: CONNECT_TIMEOUT },
      (error: LibrdKafkaError | null | undefined, metadata) => {
        if (error) reject(asError(error));
        else resolve(metadata);
      },
    );
  });
}

/** The partitions' numbers; none if the topic does not exist. */
export function partitionsOf(metadata: Metadata, topic: string): number[] {
  const found = metadata.topics.find(({ name }) => name === topic);
  return found === undefined ? [] : found.partitions.map(({ id }) => id);
}

/** Asks the broker for the offsets of the first message and after the last one. */
export function queryWatermarks(
  consumer: NativeConsumer,
  topic: string,
  partition: number,
): Promise<{ low: number; high: number }> {
  return new Promise((resolve, reject) => {
    consumer.queryWatermarkOffsets(
      topic,
      partition,
      CONNECT_TIMEOUT,
      (error: LibrdKafkaError | null, offsets) => {
        if (error) reject(asError(error));
        else resolve({ low: offsets.lowOffset, high: offsets.highOffset });
      },
    );
  });
}

/** By partition, the offset of the first message of a time (ms since 1970) or later; absent where there is none. */
export function offsetsAtTime(
  consumer: NativeConsumer,
  topic: string,
  partitions: readonly number[],
  ms: number,
): Promise<Map<number, number>> {
  const asked = partitions.map((partition) => ({ topic, partition, offset: ms }));
  return new Promise((resolve, reject) => {
    consumer.offsetsForTimes(asked, CONNECT_TIMEOUT, (error: LibrdKafkaError | null, found) => {
      if (error) return reject(asError(error));
      // -1 is the end.
      const known = found.filter(({ offset }) => offset >= 0);
      resolve(new Map(known.map(({ partition, offset }) => [partition, offset])));
    });
  });
}

/** The group's committed offsets, with the text beside them; a negative or absent offset where there is none. */
export function committedOffsets(
  consumer: NativeConsumer,
  partitions: TopicPartition[],
): Promise<Partial<TopicPartitionOffsetAndMetadata>[]> {
  return new Promise((resolve, reject) => {
    consumer.committed(partitions, CONNECT_TIMEOUT, (error: LibrdKafkaError | null, offsets) => {
      if (error) reject(asError(error));
      else resolve(offsets);
    });
  });
}

/** librdkafka's errors are errors of another realm under jest, and typed as a plain interface. */
export function asError(error: LibrdKafkaError): Error {
  return error as unknown as Error;
}
