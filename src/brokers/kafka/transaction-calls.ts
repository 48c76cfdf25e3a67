/** Promises around librdkafka's transactional calls, and the meaning of their errors. */
import { boundedCall } from './calls';
import { endsClient, kafkaCodeOf, KAFKA } from './errors';
import type { LibrdKafkaError, NativeConsumer, NativeProducer, TopicPartitionOffset } from './native';

/**
 * How long one call may take, ms. After a time-out the call is repeated and continues; short ones let a process stop
 * quickly.
 */
const CALL_TIMEOUT = 5_000;

/** The consumer that a transaction advances. */
export interface Advanced {
  /**
   * Runs `send` with the consumer and the offsets to commit, while no partition can be returned and the consumer
   * cannot be disconnected. Resolves with false, without calling it, when a partition of the transaction was revoked.
   */
  sendOffsets(
    send: (consumer: NativeConsumer, offsets: TopicPartitionOffset[]) => Promise<void>,
  ): Promise<boolean>;
}

/** Aborts open transactions of any process with the same `transactional.id`, and fences it if it is alive. */
export function initTransactions(producer: NativeProducer): Promise<void> {
  return call([producer], 'initTransactions', (done) => producer.initTransactions(CALL_TIMEOUT, done));
}

/** Its errors have no flags, only codes. */
export function beginTransaction(producer: NativeProducer): Promise<void> {
  return call([producer], 'beginTransaction', (done) => producer.beginTransaction(done));
}

/**
 * Resolves with the cause of failure of the open transaction. The client rejects beginTransaction while a transaction
 * is open, so the call has no effect; after a failure the rejection carries the cause.
 */
export function failureOf(producer: NativeProducer): Promise<unknown> {
  return beginTransaction(producer).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The consumer must be connected while this runs: otherwise the process crashes. */
export function sendOffsets(
  producer: NativeProducer,
  consumer: NativeConsumer,
  offsets: TopicPartitionOffset[],
): Promise<void> {
  return call([producer, consumer], 'sendOffsetsToTransaction', (done) =>
    producer.sendOffsetsToTransaction(offsets, consumer, CALL_TIMEOUT, done),
  );
}

/** Sends queued messages first. */
export function commitTransaction(producer: NativeProducer): Promise<void> {
  return call([producer], 'commitTransaction', (done) => producer.commitTransaction(CALL_TIMEOUT, done));
}

/** Drops queued messages first. */
export function abortTransaction(producer: NativeProducer): Promise<void> {
  return call([producer], 'abortTransaction', (done) => producer.abortTransaction(CALL_TIMEOUT, done));
}

/** Repeating the same call continues it. */
export function isRetriable(error: unknown): boolean {
  return hasFlag(error, 'isRetriable');
}

/**
 * A newer producer with our name exists, or the broker aborted our transaction. Not FENCED_INSTANCE_ID: a transaction
 * also reports that when our own consumer has become a new member; the consumer knows which it was.
 */
export function isFenced(error: unknown): boolean {
  const code = kafkaCodeOf(error);
  return code === KAFKA.FENCED || code === KAFKA.INVALID_PRODUCER_EPOCH || code === KAFKA.PRODUCER_FENCED;
}

/** A new producer is required. */
export function isFatal(error: unknown): boolean {
  if (kafkaCodeOf(error) === KAFKA.FENCED_INSTANCE_ID) return false;
  return endsClient(error) || isFenced(error);
}

type Done = (error?: LibrdKafkaError | null) => void;

function call(clients: readonly object[], name: string, start: (done: Done) => void): Promise<void> {
  return boundedCall<unknown>(clients, name, CALL_TIMEOUT, (done) =>
    start((error) => done(error, undefined)),
  ).then(() => undefined);
}

function hasFlag(error: unknown, flag: 'isRetriable' | 'isTxnRequiresAbort'): boolean {
  return typeof error === 'object' && error !== null && (error as Record<string, unknown>)[flag] === true;
}
