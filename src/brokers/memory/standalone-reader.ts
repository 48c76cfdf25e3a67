import type { Delivery } from '../../core/message';
import type { PartitionLag, SourceOptions } from '../../core/ports';
import { toDelivery } from './convert';
import type { Reader } from './reader';
import type { MemoryTopic } from './topic';

/** Sees all messages from `from` on; skips messages that the retention dropped before they were read. */
export class StandaloneReader implements Reader {
  readonly #positions: number[];

  constructor(
    private readonly topic: MemoryTopic,
    from: SourceOptions['from'],
    known: ReadonlyMap<number, number> = new Map(),
  ) {
    const start = known.size > 0 ? 'earliest' : from;
    this.#positions = topic.partitions.map((log, partition) => {
      const position = known.get(partition);
      if (position !== undefined && position <= log.end) return position;
      return start === 'earliest' ? log.start : log.end;
    });
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
    // A standalone reader settles nothing.
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
    // No broker-side state to free.
  }
}
