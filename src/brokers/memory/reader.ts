import type { Delivery } from '../../core/message';
import type { PartitionLag, SourceOptions } from '../../core/ports';
import type { StoredMessage } from './log';
import type { MemoryTopic } from './topic';

/** What a source reads through: as a member of a group, or alone. */
export interface Reader {
  /** At most `max` deliveries; none if there is nothing or the limits in flight are reached. */
  take(max: number): Delivery[];
  settle(delivery: Delivery): void;
  isCurrent(delivery: Delivery): boolean;
  lag(): PartitionLag[];
  leave(): void;
}

/** Sees everything from `from` on; what the retention drops before it was read is skipped. */
export class LoneReader implements Reader {
  readonly #positions: number[];

  constructor(
    private readonly topic: MemoryTopic,
    from: SourceOptions['from'],
  ) {
    this.#positions = topic.partitions.map((log) => (from === 'earliest' ? log.start : log.end));
  }

  take(max: number): Delivery[] {
    const now = performance.now();
    const deliveries: Delivery[] = [];
    for (const [partition, log] of this.topic.partitions.entries()) {
      let offset = Math.max(this.#positions[partition] ?? 0, log.start);
      for (; deliveries.length < max && offset < log.end; offset++) {
        const message = log.at(offset);
        if (message !== undefined)
          deliveries.push(toDelivery(this.topic.name, partition, offset, message, 1, now));
      }
      this.#positions[partition] = offset;
    }
    return deliveries;
  }

  settle(): void {
    // A reader without a group owes nothing to anybody.
  }

  isCurrent(): boolean {
    return true;
  }

  lag(): PartitionLag[] {
    return this.topic.partitions.map((log, partition) => ({
      topic: this.topic.name,
      partition,
      messages: log.end - Math.max(this.#positions[partition] ?? 0, log.start),
    }));
  }

  leave(): void {
    // Nothing is kept for it anywhere.
  }
}

export function toDelivery(
  topic: string,
  partition: number,
  offset: number,
  message: StoredMessage,
  attempt: number,
  receivedAt: number,
): Delivery {
  return {
    origin: { broker: 'memory', topic, partition, offset: String(offset) },
    sourceId: `${topic}/${partition}/${offset}`,
    key: message.key,
    value: message.value,
    headers: message.headers,
    timestamp: message.timestamp,
    receivedAt,
    attempt,
  };
}
