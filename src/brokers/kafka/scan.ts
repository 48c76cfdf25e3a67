import { setTimeout as sleep } from 'node:timers/promises';

import { StreamInferError, messageOf } from '../../core/errors';
import type { Delivery } from '../../core/message';
import { OffsetRanges } from './offset-ranges';
import type { Log } from '../../core/ports';
import type { ScanBounds } from '../../core/scan-range';
import type { ScanOptions, TopicScan } from '../../core/topic-scan';
import {
  commitOffsets,
  committedOffsets,
  connectClient,
  consume,
  disconnectClient,
  partitionsOf,
} from './client';
import { isUnreadableBatch, unreadableBatch } from './codec';
import { KafkaDelivery } from './convert';
import { endsClient, isRefusal, toKafkaError } from './errors';
import { Lease } from './lease';
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
/** Messages taken at once. */
const CHUNK = 500;
/** A broker that gives neither a message nor an end for so long is lost, ms. */
const PATIENCE = 20_000;
/** After so long without a message the partitions that are left are those that cannot be read, ms. */
const UNREADABLE_PATIENCE = 2_000;
/** What Kafka keeps beside a committed offset (offset.metadata.max.bytes is 4096). */
const MAX_METADATA = 4_000;

export interface KafkaScanOptions {
  readonly sdk: NativeSdk;
  readonly scan: ScanOptions;
  readonly properties: Properties;
  /** Resolves with what the properties do not say yet (the address of an embedded cluster). */
  readonly start: () => Promise<Properties>;
  readonly address: string;
  readonly log: Log;
  readonly onClose: (scan: KafkaScan) => void;
}

interface Partition {
  readonly lease: Lease;
  readonly settled: OffsetRanges;
  /** What the memory said when it was last looked at or written, so that a change by somebody else is seen. */
  remembered: string;
  readonly bounds: ScanBounds;
  /** The offset after the last message that is to be read: that was there when the scan began, or the range's end. */
  readonly end: number;
  /** The offset to read next. */
  position: number;
  /** Read to its end, beyond which there may be transaction markers only. */
  ended: boolean;
}

/**
 * Assigns itself all partitions from the first message that its memory does not know, and joins no group: nobody's
 * partitions move. The memory is the group's committed offsets; since letters are settled one here and one there, the
 * ranges above the offset are kept as the text that Kafka stores beside it.
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
    if (signal.aborted) throw new StreamInferError('ABORTED', 'Reading the topic was cancelled.');
    const consumer = createConsumer(sdk, properties);
    this.#listen(consumer);
    try {
      const metadata = await connectClient(consumer, scan.topic);
      this.#consumer = consumer;
      const partitions = partitionsOf(metadata, scan.topic);
      if (partitions.length === 0)
        throw new StreamInferError('TOPIC_MISSING', `The topic ${scan.topic} does not exist in Kafka.`);
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
      // Reported again and again, so that a broker that is only slow is not taken for it.
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
      throw toKafkaError(error, `Remembering what was done, in the group ${memory}`, 'SOURCE_LOST');
    }
  }

  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    this.#partitions.clear();
    if (consumer !== undefined && !(await disconnectClient(consumer)))
      this.options.log.warn({ address: this.options.address }, 'leaving Kafka takes long; left to itself');
    this.options.onClose(this);
  }

  /** Another scan may have settled something meanwhile; a commit would wipe that out. */
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
      // An offset beyond the end is of a topic of the same name that was deleted.
      const isKnown = typeof known?.offset === 'number' && known.offset >= 0 && known.offset <= high;
      const settled = new OffsetRanges(isKnown ? (known.offset as number) : from, known?.metadata ?? '');
      settled.raiseTo(from);
      const position = settled.watermark;
      this.#partitions.set(partition, {
        lease: new Lease(topic, partition),
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

  /** The error came at once: without a pause, the same one over and over would leave the event loop no time. */
  async #onPollError(error: unknown): Promise<Message[]> {
    this.#onError(error);
    await sleep(POLL_TIMEOUT);
    return [];
  }

  /** Those that were there when the scan began and that no earlier one settled. */
  #accept(messages: readonly Message[]): Delivery[] {
    const receivedAt = performance.now();
    return messages.flatMap((message) => {
      const partition = this.#partitions.get(message.partition);
      if (partition === undefined) return [];
      const { offset } = message;
      const isNew = offset < partition.end && !partition.settled.has(offset);
      // Offsets that are passed over are no messages but transaction markers, or were compacted away.
      partition.settled.add(partition.position, Math.min(offset, partition.end));
      partition.position = offset + 1;
      if (partition.position >= partition.end) this.#end(partition, message.partition);
      return isNew ? [new KafkaDelivery(message, partition.lease, receivedAt)] : [];
    });
  }

  /** What lies beyond a range would be fetched as long as another partition has not ended. */
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
      // Told before the messages of the same poll are, so that the position is none of its business.
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
      `Kafka at ${this.options.address} gave no message of ${this.options.scan.topic} for ${PATIENCE / 1000} s.`,
    );
    return toKafkaError(this.#failure ?? silence, `Kafka at ${this.options.address}`, 'SOURCE_LOST');
  }

  #warn(forgotten: number): void {
    if (this.#warned) return;
    this.#warned = true;
    this.options.log.warn(
      { topic: this.options.scan.topic, messages: forgotten },
      'too many gaps to remember: some of what was done now will be found again by the next scan',
    );
  }
}

function asRemembered(known: { offset?: number | null; metadata?: string | null } | undefined): string {
  return `${known?.offset ?? ''} ${known?.metadata ?? ''}`;
}
