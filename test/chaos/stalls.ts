/** Tracks open messages by partition, and the time since the last outcome of each partition. */
export interface Stall {
  readonly partition: number;
  readonly ms: number;
  readonly waiting: number;
}

interface Waiting {
  readonly ids: Set<number>;
  /** When an outcome came last, or the first message when none was waiting; `performance.now()`. */
  movedAt: number;
}

/** Times are `performance.now()`. */
export class Stalls {
  readonly #partitions = new Map<number, Waiting>();
  readonly #partitionOf = new Map<number, number>();
  /** Outcomes may be seen before the publisher hears that its message is there. */
  readonly #seen = new Set<number>();

  get waiting(): number {
    return this.#partitionOf.size;
  }

  get outcomes(): number {
    return this.#seen.size;
  }

  /** The broker has the message. */
  published(id: number, partition: number, now: number): void {
    if (this.#seen.has(id) || this.#partitionOf.has(id)) return;
    const found = this.#partitions.get(partition) ?? { ids: new Set(), movedAt: now };
    this.#partitions.set(partition, found);
    if (found.ids.size === 0) found.movedAt = now;
    found.ids.add(id);
    this.#partitionOf.set(id, partition);
  }

  outcome(id: number, now: number): void {
    this.#seen.add(id);
    const partition = this.#partitionOf.get(id);
    if (partition === undefined) return;
    this.#partitionOf.delete(id);
    const found = this.#partitions.get(partition);
    if (found === undefined) return;
    found.ids.delete(id);
    found.movedAt = now;
  }

  /** The topic and its open messages are deleted. */
  forget(): void {
    this.#partitions.clear();
    this.#partitionOf.clear();
  }

  /** The partition with the longest stall; time before `from` does not count. */
  worst(now: number, from = -Infinity): Stall | undefined {
    let worst: Stall | undefined;
    for (const [partition, { ids, movedAt }] of this.#partitions) {
      if (ids.size === 0) continue;
      const ms = Math.max(0, now - Math.max(movedAt, from));
      if (worst === undefined || ms > worst.ms) worst = { partition, ms, waiting: ids.size };
    }
    return worst;
  }
}
