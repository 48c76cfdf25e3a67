import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError, messageOf } from '../../core/errors';
import { connectClient, consume, disconnectClient, flush, loadKafka, partitionsOf } from './client';
import { KAFKA, kafkaCodeOf } from './errors';
import { authenticate } from './identity/authenticate';
import {
  createConsumer,
  type NativeConsumer,
  type NativeProducer,
  type NativeSdk,
  type Properties,
} from './native';
import { consumerProperties, producerProperties } from './properties';
import type { KafkaSettings } from './settings';

export interface NativeLoopOptions {
  readonly settings: KafkaSettings;
  readonly input: string;
  readonly output: string;
  /** Values to produce, in turn. */
  readonly values: readonly Buffer[];
  /** Messages to consume; each produces one message. */
  readonly count: number;
  /** Called after each round with the number of confirmed messages. */
  readonly onProgress: (confirmed: number) => void;
}

const CLIENT_ID = 'stream-infer-floor';
const CHUNK = 512;
/** Messages between two waits for the broker: the number that a pipeline may hold unconfirmed. */
const ROUND = 8_192;
const POLL_TIMEOUT = 100;
const FLUSH_TIMEOUT = 60_000;
/** Wait for room in the producer's queue, ms. */
const FULL_PAUSE = 2;
/** A topic without a message for this time holds fewer messages than expected, ms. */
const PATIENCE = 20_000;
/** Statistics are JSON, produced each second: not part of the work. */
const QUIET = { 'statistics.interval.ms': '0' } as const;
/** As in the product's producer for a backlog. */
const LINGER = { 'linger.ms': '20' } as const;

/**
 * The minimal lossless program on this add-on, for comparison. It consumes a topic in chunks, produces one value for
 * each message, and waits for the broker after each round. It has the properties of the product, and no delivery
 * reports.
 */
export async function runNativeLoop(given: NativeLoopOptions): Promise<void> {
  const { sdk, settings, tokens } = authenticate(given.settings, loadKafka());
  const options = { ...given, settings };
  const consumer = await openConsumer(sdk, options);
  const producer = await openProducer(sdk, options);
  try {
    await passThrough(consumer, producer, options);
  } finally {
    await Promise.all([disconnectClient(consumer), disconnectClient(producer)]);
    tokens?.close();
  }
}

async function openConsumer(sdk: NativeSdk, { settings, input }: NativeLoopOptions): Promise<NativeConsumer> {
  const source = {
    topic: input,
    group: null,
    from: 'earliest',
    maxInFlight: 1,
    maxInFlightBytes: 1,
  } as const;
  const consumer = createConsumer(sdk, { ...consumerProperties(settings, source, CLIENT_ID), ...QUIET });
  const metadata = await connectClient(consumer, input);
  consumer.setDefaultConsumeTimeout(POLL_TIMEOUT);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
  consumer.assign(partitionsOf(metadata, input).map((partition) => ({ topic: input, partition, offset: 0 })));
  return consumer;
}

async function openProducer(sdk: NativeSdk, { settings }: NativeLoopOptions): Promise<NativeProducer> {
  const own = producerProperties(settings, CLIENT_ID, sdk.features);
  const properties: Properties = { ...own, ...QUIET, ...LINGER };
  const producer = new sdk.Producer({ ...properties });
  await connectClient(producer);
  return producer;
}

async function passThrough(
  consumer: NativeConsumer,
  producer: NativeProducer,
  { output, values, count, onProgress }: NativeLoopOptions,
): Promise<void> {
  for (let done = 0; done < count;) {
    const end = Math.min(count, done + ROUND);
    while (done < end) {
      const messages = await consumeSome(consumer, Math.min(CHUNK, end - done));
      for (let i = 0; i < messages; i++)
        while (!tryProduce(producer, output, values[(done + i) % values.length] as Buffer))
          await sleep(FULL_PAUSE);
      done += messages;
    }
    await flushOrThrow(producer);
    onProgress(done);
  }
}

async function consumeSome(consumer: NativeConsumer, most: number): Promise<number> {
  for (const until = performance.now() + PATIENCE; performance.now() < until;) {
    const { length } = await consume(consumer, most);
    if (length > 0) return length;
  }
  throw new StreamInferError('SOURCE_LOST', `Kafka delivered no message for ${PATIENCE / 1_000} s`);
}

/** False when the queue is full. */
function tryProduce(producer: NativeProducer, topic: string, value: Buffer): boolean {
  try {
    producer.produce(topic, null, value, null);
    return true;
  } catch (error) {
    if (kafkaCodeOf(error) === KAFKA.QUEUE_FULL) return false;
    throw error;
  }
}

async function flushOrThrow(producer: NativeProducer): Promise<void> {
  const error = await flush(producer, FLUSH_TIMEOUT);
  if (error === undefined) return;
  throw new StreamInferError(
    'PUBLISH_FAILED',
    `the broker did not confirm the messages: ${messageOf(error)}`,
  );
}
