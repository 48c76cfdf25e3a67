import type { Delivery } from '../../core/message';
import { assertReadable, boundsWithin, type ScanBounds } from '../../core/scan-range';
import type { ScanOptions, TopicScan } from '../../core/topic-scan';
import { toDelivery } from './convert';
import type { MemoryTopic } from './topic';

/** Deliveries per call. */
const CHUNK = 500;

/** Messages that earlier scans settled, by memory and topic. */
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
  bounds: readonly ScanBounds[] = [];
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
    this.bounds = this.#findBounds(topic);
    this.#deliveries = read(topic, this.bounds);
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

  #findBounds(topic: MemoryTopic): ScanBounds[] {
    const { range } = this.options;
    const held = topic.partitions.map(({ start, end }, partition) => ({ partition, low: start, high: end }));
    const all = { from: { at: 'beginning' }, to: { at: 'end' } } as const;
    const bounds = held.flatMap((one) => {
      const found = boundsWithin(
        range ?? all,
        one,
        (ms) => topic.partitions[one.partition]?.offsetAt(ms) ?? 0,
      );
      return found === undefined ? [] : [{ ...found, known: this.#countKnown(topic.name, found) }];
    });
    if (range !== undefined) assertReadable(topic.name, range, held, bounds);
    return bounds;
  }

  #countKnown(topic: string, { partition, from, to }: Omit<ScanBounds, 'known'>): number {
    let known = 0;
    for (let offset = from; offset < to; offset++) {
      if (this.#settled.has(`${topic}/${partition}/${offset}`)) known++;
    }
    return known;
  }
}

function* read(topic: MemoryTopic, bounds: readonly ScanBounds[]): Generator<Delivery> {
  for (const { partition, from, to } of bounds) {
    for (let offset = from; offset < to; offset++) {
      const message = topic.partitions[partition]?.at(offset);
      if (message !== undefined)
        yield toDelivery(topic.name, partition, offset, message, 1, performance.now());
    }
  }
}
