import { setTimeout as sleep } from 'node:timers/promises';

import { StreamInferError, messageOf } from '../../core/errors';
import type { Delivery } from '../../core/message';
import { OffsetRanges } from './offset-ranges';
import type { Log } from '../../core/ports';
import type { ScanBounds } from '../../core/scan-range';
import type { ScanOptions, TopicScan } from '../../core/topic-scan';
import { closeClient, commitOffsets, committedOffsets, connectClient, consume, partitionsOf } from './client';
import { isUnreadableBatch, unreadableBatch } from './codec';
import { KafkaDelivery } from './convert';
import { endsClient, isRefusal, toKafkaError } from './errors';
import { PartitionAssignment } from './partition-assignment';
import {
  createConsumer,
  type Message,
  type NativeConsumer,
  type NativeSdk,
  type Properties,
  type TopicPartitionOffset,
} from './native';
import { findBounds } from './scan-bounds';

/** How long one poll waits for a first message, ms. */
const POLL_TIMEOUT = 100;
/** Messages per poll. */
const CHUNK = 500;
/** A broker that sends neither a message nor an end for this time counts as lost, ms. */
const PATIENCE = 20_000;
/** After this time without a message, the remaining partitions count as unreadable, ms. */
const UNREADABLE_PATIENCE = 2_000;
/** Limit of Kafka for the metadata of a committed offset (offset.metadata.max.bytes is 4096). */
const MAX_METADATA = 4_000;

export interface KafkaScanOptions {
  readonly sdk: NativeSdk;
  readonly scan: ScanOptions;
  readonly properties: Properties;
  /** Resolves with the properties that are only known at run time (the address of an embedded cluster). */
  readonly start: () => Promise<Properties>;
  readonly address: string;
  readonly log: Log;
  readonly onClose: (scan: KafkaScan) => void;
}

interface Partition {
  readonly assignment: PartitionAssignment;
  readonly settled: OffsetRanges;
  /** Content of the memory when it was last read or written, to detect changes by others. */
  remembered: string;
  readonly bounds: ScanBounds;
  /** The offset after the last message to read: the end when the scan began, or the end of the range. */
  readonly end: number;
  /** The offset to read next. */
  position: number;
  /** Read to its end, after which there may be transaction markers only. */
  ended: boolean;
}

/**
 * Assigns itself all partitions from the first message that its memory does not contain, and joins no group, so that
 * no partitions move. The memory is the group's committed offsets. Dead letters are settled in any order, so the
 * ranges above the offset are kept in its metadata.
 */
export class KafkaScan implements TopicScan {
  #consumer: NativeConsumer | undefined;
  readonly #partitions = new Map<number, Partition>();
  #failure: unknown;
  /** When a batch that cannot be decompressed was last reported. */
  #unreadableAt = -Infinity;
  #warned = false;

  constructor(private readonly options: KafkaScanOptions) {}

  async open(signal: AbortSignal): Promise<void> {
    const { sdk, scan, address } = this.options;
    const properties = { ...this.options.properties, ...(await this.options.start()) };
    if (signal.aborted) throw new StreamInferError('ABORTED', 'reading the topic was cancelled');
    const consumer = createConsumer(sdk, properties);
    this.#listen(consumer);
    try {
      const metadata = await connectClient(consumer, scan.topic);
      this.#consumer = consumer;
      const partitions = partitionsOf(metadata, scan.topic);
      if (partitions.length === 0)
        throw new StreamInferError('TOPIC_MISSING', `the topic ${scan.topic} does not exist in Kafka`);
      consumer.setDefaultConsumeTimeout(POLL_TIMEOUT);
      consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
      await this.#findStart(consumer, partitions);
      consumer.assign(this.#unfinished());
    } catch (error) {
      throw toKafkaError(this.#failure ?? error, `Kafka at ${address}`, 'BROKER_UNREACHABLE');
    }
  }

  get bounds(): readonly ScanBounds[] {
    return [...this.#partitions.values()].map(({ bounds }) => bounds);
  }

  async next(signal: AbortSignal): Promise<readonly Delivery[]> {
    let lastAnswer = performance.now();
    while (!signal.aborted && this.#unfinished().length > 0) {
      const messages = await this.#poll();
      const found = this.#accept(messages);
      if (found.length > 0) return found;
      if (messages.length > 0) lastAnswer = performance.now();
      // Only after repeated reports, so that a slow broker is not mistaken for it.
      if (this.#unreadableAt - lastAnswer > UNREADABLE_PATIENCE) throw this.#unreadable();
      if (performance.now() - lastAnswer > PATIENCE) throw this.#lost();
    }
    return [];
  }

  async settle(deliveries: readonly Delivery[]): Promise<void> {
    const { topic, memory } = this.options.scan;
    if (memory === null || deliveries.length === 0) return;
    for (const { origin } of deliveries) {
      const offset = Number(origin.offset);
      this.#partitions.get(origin.partition ?? -1)?.settled.add(offset, offset + 1);
    }
    try {
      await this.#learn();
      const offsets = [...this.#partitions].map(([partition, { settled }]) => {
        const { text, forgotten } = settled.toText(MAX_METADATA);
        if (forgotten > 0) this.#warn(forgotten);
        return { topic, partition, offset: settled.watermark, metadata: text };
      });
      if (this.#consumer !== undefined) await commitOffsets(this.#consumer, offsets);
      for (const one of offsets) {
        const partition = this.#partitions.get(one.partition);
        if (partition !== undefined) partition.remembered = asRemembered(one);
      }
    } catch (error) {
      throw toKafkaError(error, `Storing the progress in the group ${memory}`, 'SOURCE_LOST');
    }
  }

  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    this.#partitions.clear();
    if (consumer !== undefined) await closeClient(consumer, this.options);
    this.options.onClose(this);
  }

  /** Another scan may have settled messages meanwhile, which this commit would overwrite. */
  async #learn(): Promise<void> {
    if (this.#consumer === undefined) return;
    const { topic } = this.options.scan;
    const asked = [...this.#partitions.keys()].map((partition) => ({ topic, partition }));
    for (const known of await committedOffsets(this.#consumer, asked)) {
      const partition = this.#partitions.get(known.partition ?? -1);
      if (partition === undefined || asRemembered(known) === partition.remembered) continue;
      if (typeof known.offset === 'number' && known.offset >= 0)
        partition.settled.merge(new OffsetRanges(known.offset, known.metadata ?? ''));
    }
  }

  async #findStart(consumer: NativeConsumer, partitions: readonly number[]): Promise<void> {
    const { topic, memory, range } = this.options.scan;
    const asked = partitions.map((partition) => ({ topic, partition }));
    const committed = memory === null ? [] : await committedOffsets(consumer, asked);
    for (const found of await findBounds(consumer, topic, partitions, range)) {
      const { partition, from, to, high } = found;
      const known = committed.find((one) => one.partition === partition);
      // An offset beyond the end belongs to a deleted topic of the same name.
      const isKnown = typeof known?.offset === 'number' && known.offset >= 0 && known.offset <= high;
      const settled = new OffsetRanges(isKnown ? (known.offset as number) : from, known?.metadata ?? '');
      settled.raiseTo(from);
      const position = settled.watermark;
      this.#partitions.set(partition, {
        assignment: new PartitionAssignment(topic, partition),
        settled,
        remembered: asRemembered(known),
        bounds: { ...found, known: settled.countWithin(from, to) },
        end: to,
        position,
        ended: position >= to,
      });
    }
  }

  async #poll(): Promise<Message[]> {
    if (this.#consumer === undefined) return [];
    const messages = await consume(this.#consumer, CHUNK).catch((error: unknown) => this.#onPollError(error));
    if (this.#failure !== undefined) throw this.#lost();
    return messages;
  }

  /** The error came at once: without a pause, repeated errors would starve the event loop. */
  async #onPollError(error: unknown): Promise<Message[]> {
    this.#onError(error);
    await sleep(POLL_TIMEOUT);
    return [];
  }

  /** Messages that existed when the scan began and that no earlier scan settled. */
  #accept(messages: readonly Message[]): Delivery[] {
    const receivedAt = performance.now();
    return messages.flatMap((message) => {
      const partition = this.#partitions.get(message.partition);
      if (partition === undefined) return [];
      const { offset } = message;
      const isNew = offset < partition.end && !partition.settled.has(offset);
      // Skipped offsets are transaction markers, or were compacted away.
      partition.settled.add(partition.position, Math.min(offset, partition.end));
      partition.position = offset + 1;
      if (partition.position >= partition.end) this.#end(partition, message.partition);
      return isNew ? [new KafkaDelivery(message, partition.assignment, receivedAt)] : [];
    });
  }

  /** Messages beyond a range would be fetched until the last partition has ended. */
  #end(partition: Partition, number: number): void {
    if (!partition.ended && partition.end < partition.bounds.high)
      this.#consumer?.pause([{ topic: this.options.scan.topic, partition: number }]);
    partition.ended = true;
  }

  #unfinished(): TopicPartitionOffset[] {
    const { topic } = this.options.scan;
    return [...this.#partitions]
      .filter(([, { ended }]) => !ended)
      .map(([partition, { position }]) => ({ topic, partition, offset: position }));
  }

  #listen(consumer: NativeConsumer): void {
    consumer.on('event.error', (error) => this.#onError(error));
    consumer.on('event.log', (event: { message?: string }) =>
      this.options.log.debug({ librdkafka: event.message }, 'kafka scan'),
    );
    consumer.on('partition.eof', ({ partition, offset }) => {
      const found = this.#partitions.get(partition);
      // Reported before the messages of the same poll, so the position must not be used here.
      if (found !== undefined && offset >= found.end) found.ended = true;
    });
  }

  #onError(error: unknown): void {
    this.options.log.debug({ error: messageOf(error) }, 'kafka scan error');
    if (isUnreadableBatch(error)) this.#unreadableAt = performance.now();
    if (endsClient(error) || isRefusal(error)) this.#failure ??= error;
  }

  #unreadable(): StreamInferError {
    const { scan, sdk } = this.options;
    return unreadableBatch(scan.topic, this.#unfinished(), sdk.features);
  }

  #lost(): StreamInferError {
    const silence = new StreamInferError(
      'BROKER_UNREACHABLE',
      `Kafka at ${this.options.address} delivered no message of ${this.options.scan.topic} for ${PATIENCE / 1000} s`,
    );
    return toKafkaError(this.#failure ?? silence, `Kafka at ${this.options.address}`, 'SOURCE_LOST');
  }

  #warn(forgotten: number): void {
    if (this.#warned) return;
    this.#warned = true;
    this.options.log.warn(
      { topic: this.options.scan.topic, messages: forgotten },
      'too many gaps to store; the next scan will find some settled messages again',
    );
  }
}

function asRemembered(known: { offset?: number | null; metadata?: string | null } | undefined): string {
  return `${known?.offset ?? ''} ${known?.metadata ?? ''}`;
}
