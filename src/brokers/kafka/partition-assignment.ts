import type { Place } from '../../core/message';
import { OffsetTracker } from '../offset-tracker';
import type { TopicPartitionOffset } from './native';

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
  #drained: (() => void) | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    /** The first offset, if it is known. */
    start = 0,
  ) {
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
  toStore(): TopicPartitionOffset | undefined {
    const offset = this.position;
    return offset === undefined ? undefined : { topic: this.topic, partition: this.partition, offset };
  }
}
