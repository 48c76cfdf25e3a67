/** librdkafka's transactional calls behind promises, and what their errors ask for. */
import { boundedCall } from './calls';
import { endsClient, kafkaCodeOf, KAFKA } from './errors';
import type { LibrdKafkaError, NativeConsumer, NativeProducer, TopicPartitionOffset } from './native';

/**
 * How long one call may take, ms. A call that was too short is made again and goes on where it was; short ones keep a
 * process that stops from waiting for long.
 */
const CALL_TIMEOUT = 5_000;

/** Ends whatever a process with the same `transactional.id` left open, and fences it if it is alive. */
export function initTransactions(producer: NativeProducer): Promise<void> {
  return call([producer], 'initTransactions', (done) => producer.initTransactions(CALL_TIMEOUT, done));
}

/** Its errors have no flags, only codes. */
export function beginTransaction(producer: NativeProducer): Promise<void> {
  return call([producer], 'beginTransaction', (done) => producer.beginTransaction(done));
}

/**
 * Resolves with the cause of failure of the open transaction. librdkafka rejects beginTransaction while a transaction is
 * open, so the call has no effect; after a failure the rejection carries the cause.
 */
export function failureOf(producer: NativeProducer): Promise<unknown> {
  return beginTransaction(producer).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The consumer must be connected as long as this runs: otherwise the process crashes. */
export function sendOffsets(
  producer: NativeProducer,
  consumer: NativeConsumer,
  offsets: TopicPartitionOffset[],
): Promise<void> {
  return call([producer, consumer], 'sendOffsetsToTransaction', (done) =>
    producer.sendOffsetsToTransaction(offsets, consumer, CALL_TIMEOUT, done),
  );
}

/** Sends what is still queued first. */
export function commitTransaction(producer: NativeProducer): Promise<void> {
  return call([producer], 'commitTransaction', (done) => producer.commitTransaction(CALL_TIMEOUT, done));
}

/** Throws away what is still queued first. */
export function abortTransaction(producer: NativeProducer): Promise<void> {
  return call([producer], 'abortTransaction', (done) => producer.abortTransaction(CALL_TIMEOUT, done));
}

/** The same call, made again, goes on. */
export function isRetriable(error: unknown): boolean {
  return hasFlag(error, 'isRetriable');
}

/**
 * A newer producer with our name is there, or the broker gave our transaction up. Not FENCED_INSTANCE_ID: a transaction
 * says that also when our own consumer has become a new member under it; the consumer tells which it was.
 */
export function isFenced(error: unknown): boolean {
  const code = kafkaCodeOf(error);
  return code === KAFKA.FENCED || code === KAFKA.INVALID_PRODUCER_EPOCH || code === KAFKA.PRODUCER_FENCED;
}

/** Only a new producer gets over it. */
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
