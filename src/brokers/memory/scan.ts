import type { Delivery } from '../../core/message';
import type { ScanOptions, TopicScan } from '../../core/topic-scan';
import { toDelivery } from './convert';
import type { MemoryTopic } from './topic';

/** Deliveries handed out at once. */
const CHUNK = 500;

/** What earlier scans settled, by memory and topic. */
export class ScanMemories {
  readonly #settled = new Map<string, Set<string>>();

  /** Source ids; the set is kept and grows. */
  of({ memory, topic }: ScanOptions): Set<string> {
    const name = JSON.stringify([memory, topic]);
    const settled = (memory === null ? undefined : this.#settled.get(name)) ?? new Set<string>();
    if (memory !== null) this.#settled.set(name, settled);
    return settled;
  }
}

export class MemoryScan implements TopicScan {
  readonly #settled: Set<string>;
  #deliveries: Iterator<Delivery> = [].values();

  constructor(
    private readonly options: ScanOptions,
    private readonly findTopic: (name: string) => MemoryTopic,
    memories: ScanMemories,
  ) {
    this.#settled = memories.of(options);
  }

  async open(): Promise<void> {
    const topic = this.findTopic(this.options.topic);
    this.#deliveries = read(
      topic,
      topic.partitions.map(({ end }) => end),
    );
  }

  async next(signal: AbortSignal): Promise<readonly Delivery[]> {
    const found: Delivery[] = [];
    while (found.length < CHUNK && !signal.aborted) {
      const { done, value } = this.#deliveries.next() as IteratorResult<Delivery, undefined>;
      if (done === true) break;
      if (!this.#settled.has(value.sourceId)) found.push(value);
    }
    return found;
  }

  async settle(deliveries: readonly Delivery[]): Promise<void> {
    for (const { sourceId } of deliveries) this.#settled.add(sourceId);
  }

  async close(): Promise<void> {
    this.#deliveries = [].values();
  }
}

function* read(topic: MemoryTopic, ends: readonly number[]): Generator<Delivery> {
  for (const [partition, log] of topic.partitions.entries()) {
    for (let offset = log.start; offset < (ends[partition] ?? 0); offset++) {
      const message = log.at(offset);
      if (message !== undefined)
        yield toDelivery(topic.name, partition, offset, message, 1, performance.now());
    }
  }
}
