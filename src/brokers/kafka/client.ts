/** Promises around the add-on. It runs on the main thread only: it is not context-aware. */
import { setTimeout as sleep } from 'node:timers/promises';

import { waitAtMost } from '../../core/async/timeout';
import { StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { Log } from '../../core/ports';
import { boundedCall, hungCallOf } from './calls';
import { fromHeaders, keepEmpty } from './convert';
import { topicMissing } from './errors';
import type { Health } from './health';
import { tokensOf } from './identity/authenticated-sdk';
import type {
  NativeConsumer,
  NativeProducer,
  NativeSdk,
  Message,
  Metadata,
  TopicPartition,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
  WatermarkOffsets,
} from './native';

type Client = NativeConsumer | NativeProducer;

/** How long a client waits for the first answer of a broker, ms; librdkafka's own limit is 30 s. */
const CONNECT_TIMEOUT = 5_000;
/** Longer than any poll waits for messages, ms. */
const CONSUME_TIMEOUT = 2_000;
/** Time for a broker to respond to a probe, ms. */
const PROBE_TIMEOUT = 2_000;
/** Between two checks of a commit, ms. */
const COMMIT_PAUSE = 10;
/** Time-out of a disconnect, ms; after it the disconnect continues in the background. */
const DISCONNECT_TIMEOUT = 8_000;
/** The same where nothing follows that needs it. All clients of a process that ends share its 10 s to close, ms. */
const LAST_DISCONNECT_TIMEOUT = 3_000;

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
      'the Kafka broker needs the native add-on @confluentinc/kafka-javascript, which could not be loaded; ' +
        'run `node scripts/setup.mjs` in a checkout; elsewhere the command `doctor --broker kafka` prints the fix',
      { cause: error },
    );
  }
}

/**
 * Resolves with the metadata of `topic` (of none if undefined) when a broker answered. After a rejection the client
 * is already closed. Nothing may disconnect it meanwhile: librdkafka's binding crashes when both run.
 */
export async function connectClient(client: Client, topic?: string): Promise<Metadata> {
  const tokens = tokensOf(client);
  // Without a token, every connection would fail with a time-out, as if the broker did not answer.
  if (tokens !== undefined) await tokens.ready();
  const options = topic === undefined ? { allTopics: false } : { topic };
  return await boundedCall([client], 'connect', CONNECT_TIMEOUT, (done) =>
    client.connect({ ...options, timeout: CONNECT_TIMEOUT }, done),
  );
}

/**
 * Resolves with false after a time-out; the disconnect then continues in the background. A disconnected client cannot
 * be used again. A client with a hung call is disconnected when that returns, if ever.
 */
export async function disconnectClient(client: Client, timeout = DISCONNECT_TIMEOUT): Promise<boolean> {
  const hung = hungCallOf(client);
  if (hung === undefined) return await disconnectNow(client, timeout);
  void hung.then(() => disconnectNow(client, timeout));
  return false;
}

/**
 * As `disconnectClient`; a time-out is logged.
 *
 * @param exiting the process is about to end
 */
export async function closeClient(
  client: Client,
  { address, log }: { readonly address: string; readonly log: Log },
  exiting = false,
): Promise<void> {
  if (!(await disconnectClient(client, exiting ? LAST_DISCONNECT_TIMEOUT : DISCONNECT_TIMEOUT)))
    log.warn({ address }, 'timed out disconnecting from Kafka; continuing shutdown');
}

function disconnectNow(client: Client, timeout: number): Promise<boolean> {
  const gone = new Promise<void>((resolve) => {
    if ('produce' in client) client.disconnect(1_000, () => resolve());
    else client.disconnect(() => resolve());
  });
  return waitAtMost(gone, timeout);
}

/** At most `max` messages; none when nothing arrived within the consumer's time-out. Only one call at a time. */
export function consume(consumer: NativeConsumer, max: number): Promise<Message[]> {
  return boundedCall([consumer], 'consume', CONSUME_TIMEOUT, (done) => consumer.consume(max, done));
}

/**
 * With a time-out, ms, and no wait after the first message: By default the client waits another millisecond after
 * each one. Zero takes the ready messages only.
 */
export function consumeWithin(consumer: NativeConsumer, max: number, timeout: number): Promise<Message[]> {
  // Both are read when `consume` is called.
  consumer.setDefaultConsumeTimeout(timeout);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(false);
  return consume(consumer, max);
}

/** Puts a message into the producer's queue; returns the error, if any. The delivery report contains `opaque`. */
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

/** Waits until the producer's queue is empty, at most `timeout` ms; resolves with the error otherwise. */
export function flush(producer: NativeProducer, timeout: number): Promise<unknown> {
  const flushed = boundedCall([producer], 'flush', timeout, (done) =>
    // It throws when the producer is not connected any more.
    producer.flush(timeout, (error) => done(error, undefined)),
  );
  return flushed.then(
    () => undefined,
    (error: unknown) => error,
  );
}

export function topicMetadata(client: Client, topic: string, timeout = CONNECT_TIMEOUT): Promise<Metadata> {
  return boundedCall([client], 'getMetadata', timeout, (done) => {
    client.getMetadata({ topic, timeout }, done);
  });
}

/** Whether a broker answers this client now; resolves within a few seconds. */
export async function isWithinReach(client: Client, health: Pick<Health, 'unreachableMs'>): Promise<boolean> {
  if (health.unreachableMs > 0 || hungCallOf(client) !== undefined) return false;
  return await boundedCall<Metadata>([client], 'getMetadata', PROBE_TIMEOUT, (done) => {
    client.getMetadata({ allTopics: false, timeout: PROBE_TIMEOUT }, done);
  }).then(
    () => true,
    () => false,
  );
}

/** Partition numbers; none if the topic does not exist. */
export function partitionsOf(metadata: Metadata, topic: string): number[] {
  const found = metadata.topics.find(({ name }) => name === topic);
  return found === undefined ? [] : found.partitions.map(({ id }) => id);
}

/** Rejects with TOPIC_MISSING. After a restart a broker may briefly report existing topics as missing. */
export async function assertTopicExists(consumer: NativeConsumer, topic: string): Promise<void> {
  const metadata = await topicMetadata(consumer, topic).catch(() => undefined);
  if (metadata !== undefined && partitionsOf(metadata, topic).length === 0) throw topicMissing(topic);
}

/**
 * Sends a request on each connection to the leaders of a topic, and ignores the answers. The client closes a connection that
 * gives none, and opens another one.
 */
export async function askLeaders(client: Client, topic: string): Promise<void> {
  const metadata = await topicMetadata(client, topic, PROBE_TIMEOUT);
  const found = metadata.topics.find(({ name }) => name === topic);
  const byLeader = new Map(found?.partitions.map(({ id, leader }) => [leader, id]));
  const ask = (partition: number) => queryWatermarks(client, topic, partition, PROBE_TIMEOUT);
  await Promise.all([...byLeader.values()].map(ask));
}

/** Asks the broker for the offsets of the first message and after the last one. */
export async function queryWatermarks(
  client: Client,
  topic: string,
  partition: number,
  timeout = CONNECT_TIMEOUT,
): Promise<{ low: number; high: number }> {
  const { lowOffset, highOffset } = await boundedCall<WatermarkOffsets>(
    [client],
    'queryWatermarkOffsets',
    timeout,
    (done) => {
      client.queryWatermarkOffsets(topic, partition, timeout, done);
    },
  );
  return { low: lowOffset, high: highOffset };
}

/** By partition, the offset of the first message at or after a time (ms since 1970); absent where there is none. */
export async function offsetsAtTime(
  consumer: NativeConsumer,
  topic: string,
  partitions: readonly number[],
  ms: number,
): Promise<Map<number, number>> {
  const asked = partitions.map((partition) => ({ topic, partition, offset: ms }));
  const found = await boundedCall<TopicPartitionOffset[]>(
    [consumer],
    'offsetsForTimes',
    CONNECT_TIMEOUT,
    (done) => consumer.offsetsForTimes(asked, CONNECT_TIMEOUT, done),
  );
  // -1 is the end.
  const known = found.filter(({ offset }) => offset >= 0);
  return new Map(known.map(({ partition, offset }) => [partition, offset]));
}

/** The group's committed offsets with their metadata; a negative or absent offset where there is none. */
export function committedOffsets(
  consumer: NativeConsumer,
  partitions: TopicPartition[],
): Promise<Partial<TopicPartitionOffsetAndMetadata>[]> {
  return boundedCall([consumer], 'committed', CONNECT_TIMEOUT, (done) =>
    consumer.committed(partitions, CONNECT_TIMEOUT, done),
  );
}

/**
 * Commits, and resolves when the broker has stored it. The client's asynchronous commit resolves when it is queued,
 * and its synchronous one blocks this thread while the broker does not answer. So the committed offsets are read
 * back.
 *
 * @throws (rejects with) BROKER_UNREACHABLE after a time-out, or librdkafka's error
 */
export async function commitOffsets(
  consumer: NativeConsumer,
  offsets: readonly TopicPartitionOffsetAndMetadata[],
): Promise<void> {
  await boundedCall([consumer], 'commit', CONNECT_TIMEOUT, (done) =>
    consumer.commitCb([...offsets], (error) => done(error, undefined)),
  );
  const asked = offsets.map(({ topic, partition }) => ({ topic, partition }));
  const until = performance.now() + CONNECT_TIMEOUT;
  while (!areIn(await committedOffsets(consumer, asked), offsets)) {
    if (performance.now() > until)
      throw new StreamInferError('BROKER_UNREACHABLE', 'Kafka did not confirm an offset commit');
    await sleep(COMMIT_PAUSE);
  }
}

function areIn(
  committed: readonly Partial<TopicPartitionOffsetAndMetadata>[],
  offsets: readonly TopicPartitionOffsetAndMetadata[],
): boolean {
  return offsets.every(({ topic, partition, offset, metadata }) => {
    const found = committed.find((one) => one.topic === topic && one.partition === partition);
    const known = found?.offset ?? -1;
    // Another member may have advanced further by now.
    return known > offset || (known === offset && (metadata ?? '') === (found?.metadata ?? ''));
  });
}
