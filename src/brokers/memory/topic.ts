import type { SourceOptions } from '../../core/ports';
import { ConsumerGroup, type GroupTopic } from './group';
import { PartitionLog, type StoredMessage } from './partition-log';
import type { MemorySettings } from './settings';

/** One topic: its partitions, the groups that read it, and all waiting readers and publishers. */
export class MemoryTopic implements GroupTopic {
  readonly partitions: readonly PartitionLog[];
  readonly #groups = new Map<string, ConsumerGroup>();
  readonly #readers = new Set<() => void>();
  readonly #publishers = new Set<() => void>();
  #nextPartition = 0;
  #deleted = false;

  constructor(
    readonly name: string,
    partitions: number,
    private readonly settings: MemorySettings,
  ) {
    this.partitions = Array.from({ length: partitions }, () => new PartitionLog(settings.retention));
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  /** The group of that name; created at `from` if missing. */
  group(name: string, from: SourceOptions['from']): ConsumerGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new ConsumerGroup(this, from, this.settings.redeliverAfterMs);
      this.#groups.set(name, group);
    }
    return group;
  }

  /** Returns false when its partition is full of messages that some group has not settled: wait for `onRoom`. */
  tryAppend(message: StoredMessage): boolean {
    const log = message.key === null ? this.#anyPartition() : this.#partitionOf(message.key);
    if (log === undefined || !this.#hasRoom(log)) return false;
    log.append(message);
    return true;
  }

  /** Wakes the readers; called once after several appends. */
  announce(): void {
    wakeAll(this.#readers);
  }

  /** Wakes publishers that wait for room. */
  announceRoom(): void {
    wakeAll(this.#publishers);
  }

  /** Calls `wake` once, at the next message or change of members; returns a function that cancels it. */
  onChange(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => this.#readers.delete(wake);
  }

  /** Calls `wake` once, when a message may have been settled; returns a function that cancels it. */
  onRoom(wake: () => void): () => void {
    this.#publishers.add(wake);
    return () => this.#publishers.delete(wake);
  }

  delete(): void {
    this.#deleted = true;
    this.announce();
    this.announceRoom();
  }

  #partitionOf(key: Buffer): PartitionLog | undefined {
    return this.partitions[fnv1a(key) % this.partitions.length];
  }

  /** Round robin over the partitions with room. */
  #anyPartition(): PartitionLog | undefined {
    for (let tries = 0; tries < this.partitions.length; tries++) {
      const log = this.partitions[this.#nextPartition++ % this.partitions.length];
      if (log !== undefined && this.#hasRoom(log)) return log;
    }
    return undefined;
  }

  #hasRoom(log: PartitionLog): boolean {
    if (!log.full) return true;
    const partition = this.partitions.indexOf(log);
    for (const group of this.#groups.values()) {
      if (group.needs(partition, log.start)) return false;
    }
    return true;
  }
}

/** A callback may register again while it runs, so the set is emptied first. */
function wakeAll(waiting: Set<() => void>): void {
  if (waiting.size === 0) return;
  const wakes = [...waiting];
  waiting.clear();
  for (const wake of wakes) wake();
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv). */
function fnv1a(bytes: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
