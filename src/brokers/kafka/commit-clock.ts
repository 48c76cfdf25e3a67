import type { TopicPartitionOffset } from './native';

interface Waiting {
  readonly position: number;
  readonly since: number;
}

/** Measures how long stored positions wait until the broker confirms their commit. */
export class CommitClock {
  /** Called with the time of each confirmed commit and partition, ms. */
  listener: (ms: number) => void = () => undefined;
  /** By partition, the first stored position without a confirmation, and the first one that followed it. */
  readonly #waiting = new Map<number, [first: Waiting, next?: Waiting]>();

  stored(offsets: readonly TopicPartitionOffset[], now = performance.now()): void {
    for (const { partition, offset: position } of offsets) {
      const waiting = this.#waiting.get(partition);
      if (waiting === undefined) this.#waiting.set(partition, [{ position, since: now }]);
      else waiting[1] ??= { position, since: now };
    }
  }

  confirmed(offsets: readonly Partial<TopicPartitionOffset>[], now = performance.now()): void {
    for (const { partition = -1, offset = -1 } of offsets) {
      const [first, next] = this.#waiting.get(partition) ?? [];
      if (first === undefined || offset < first.position) continue;
      this.#waiting.delete(partition);
      if (next !== undefined && next.position > offset) this.#waiting.set(partition, [next]);
      this.listener(now - first.since);
    }
  }

  /** The client has ended: the rest is never confirmed. */
  clear(): void {
    this.#waiting.clear();
  }
}
