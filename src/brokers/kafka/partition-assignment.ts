import type { Place } from '../../core/message';
import { OffsetTracker } from '../offset-tracker';
import { MOST_RANGES, noteText } from './commit-note';
import type { TopicPartitionOffset, TopicPartitionOffsetAndMetadata } from './native';
import { OffsetRanges } from './offset-ranges';

/** What the group had settled before an assignment. */
export interface SettledBefore {
  /** The committed offset. */
  readonly from: number;
  /** Settled offsets above it, with the watermark 0. */
  readonly ranges: OffsetRanges;
}

/**
 * One assignment of one partition to this process, from assign to unassign. The object itself is the epoch, and
 * deliveries refer to it. So settles of an ended assignment have no effect, even if the partition was assigned again.
 * Offsets that go backwards start another epoch: the topic was recreated or truncated.
 *
 * States: held → draining → lost. While draining it waits for unsettled deliveries and hands out no new ones.
 */
export class PartitionAssignment implements Place {
  readonly broker = 'kafka';
  state: 'held' | 'draining' | 'lost' = 'held';
  /** Bytes of unsettled deliveries. */
  bytes = 0;
  /** Deliveries that were settled. */
  settled = 0;
  /** `performance.now()` when it replaced an assignment whose offsets went backwards. */
  startedOverAt = -Infinity;
  /** The last offset received from the client, -1 before the first. */
  taken = -1;
  /** `topic/partition`. */
  readonly name: string;
  readonly #tracker: OffsetTracker;
  #before: SettledBefore | undefined;
  /** Settled offsets beyond the position when they were last looked up: commits of the position repeat them. */
  #noted: OffsetRanges | undefined;
  #drained: (() => void) | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    /** The first offset, if it is known. */
    start = 0,
    before?: SettledBefore,
  ) {
    this.#before = before;
    this.#noted = before?.ranges;
    this.#tracker = new OffsetTracker(start);
    this.name = `${topic}/${partition}`;
  }

  /** Messages delivered and not settled. */
  get unsettled(): number {
    return this.#tracker.unsettled;
  }

  /** The offset to commit, undefined before the first settle. */
  get position(): number | undefined {
    return this.#tracker.watermark === 0 ? undefined : this.#tracker.watermark;
  }

  handOut(offset: number, bytes: number): void {
    this.#tracker.track(offset);
    this.bytes += bytes;
  }

  /**
   * Whether this message was settled before the assignment: then it counts as settled again. Called for each message,
   * in their order.
   */
  skips(offset: number): boolean {
    if (this.#before === undefined) return false;
    // Another topic, or a truncated one: the offsets belong to other messages now.
    if (offset < this.#before.from) this.forgetSettled();
    else if (this.#before.ranges.has(offset)) {
      this.#tracker.track(offset);
      this.#tracker.settle(offset);
      return true;
    }
    return false;
  }

  /** Commits say no more what is settled beyond the position. */
  forgetSettled(): void {
    this.#before = undefined;
    this.#noted = undefined;
  }

  /** Returns whether the position changed. */
  settle(offset: number, bytes: number): boolean {
    if (this.state === 'lost' || this.#tracker.isSettled(offset)) return false;
    this.settled++;
    const before = this.#tracker.watermark;
    const moved = this.#tracker.settle(offset) !== before;
    this.bytes -= bytes;
    if (this.unsettled === 0) this.#drained?.();
    return moved;
  }

  /** Delivered, not settled, and still assigned. */
  holds(offset: number): boolean {
    return this.state !== 'lost' && !this.#tracker.isSettled(offset);
  }

  /** Resolves when all deliveries are settled, or when `signal` aborts. */
  drain(signal: AbortSignal): Promise<void> {
    this.state = 'draining';
    if (this.unsettled === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** For `offsetsStore`; undefined before the first settle. */
  toStore(): TopicPartitionOffsetAndMetadata | undefined {
    const offset = this.position;
    if (offset === undefined) return undefined;
    if (this.#noted !== undefined && this.#noted.end <= offset) this.#noted = undefined;
    return this.#at(offset, this.#noted && noteText(offset, { settled: this.#noted }));
  }

  /** A commit of the position with what is settled beyond it; undefined when that is nothing. */
  toCommit(): (TopicPartitionOffset & { metadata: string }) | undefined {
    const offset = this.position ?? this.#tracker.firstUnsettled;
    if (offset === undefined) return undefined;
    this.#noted = this.#settledBeyond(offset);
    const metadata = noteText(offset, { settled: this.#noted });
    if (metadata === undefined) return undefined;
    return { topic: this.topic, partition: this.partition, offset, metadata };
  }

  /** A commit of a position while an operator has paused this process. @param now ms since 1970 */
  toPausedCommit(offset: number, now: number): TopicPartitionOffsetAndMetadata {
    return this.#at(offset, noteText(offset, { pausedAt: now, settled: this.#settledBeyond(offset) }));
  }

  #settledBeyond(offset: number): OffsetRanges | undefined {
    if (this.#before !== undefined && this.#before.ranges.end <= offset) this.#before = undefined;
    if (this.#before === undefined && !this.#tracker.hasAhead) return undefined;
    const settled = new OffsetRanges(0);
    let room = MOST_RANGES;
    for (const [start, end] of this.#tracker.ahead()) {
      if (room-- === 0) break;
      settled.add(start, end);
    }
    if (this.#before !== undefined) settled.merge(this.#before.ranges);
    return settled;
  }

  #at(offset: number, metadata: string | undefined): TopicPartitionOffsetAndMetadata {
    const { topic, partition } = this;
    return metadata === undefined ? { topic, partition, offset } : { topic, partition, offset, metadata };
  }
}
