import type { Place } from '../../core/message';
import { OffsetTracker } from '../offset-tracker';
import type { TopicPartitionOffset } from './native';

/**
 * One assignment of one partition to us, from assign to unassign. The object itself is the epoch: deliveries refer to
 * it, so that settles of an assignment that is over do nothing, even if the partition came back. Offsets that go backwards
 * are another epoch too: the topic was made anew or cut off, and what was settled of the old one says nothing of the new.
 *
 * held → draining (revoked; what is out is waited for, nothing more is handed out) → lost
 */
export class Lease implements Place {
  readonly broker = 'kafka';
  state: 'held' | 'draining' | 'lost' = 'held';
  /** Bytes handed out and not settled. */
  bytes = 0;
  /** `performance.now()` when it took the place of one whose offsets went backwards. */
  startedOverAt = -Infinity;
  /** The last offset that came from the client, -1 before. */
  taken = -1;
  /** `topic/partition`. */
  readonly name: string;
  readonly #tracker = new OffsetTracker();
  #drained: (() => void) | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {
    this.name = `${topic}/${partition}`;
  }

  /** Messages handed out and not settled. */
  get unsettled(): number {
    return this.#tracker.unsettled;
  }

  /** The offset to commit, undefined as long as nothing was settled. */
  get position(): number | undefined {
    return this.#tracker.watermark === 0 ? undefined : this.#tracker.watermark;
  }

  handOut(offset: number, bytes: number): void {
    this.#tracker.track(offset);
    this.bytes += bytes;
  }

  /** Whether the position moved. */
  settle(offset: number, bytes: number): boolean {
    if (this.state === 'lost' || this.#tracker.isSettled(offset)) return false;
    const before = this.#tracker.watermark;
    const moved = this.#tracker.settle(offset) !== before;
    this.bytes -= bytes;
    if (this.unsettled === 0) this.#drained?.();
    return moved;
  }

  /** Handed out, not settled, and still this assignment's. */
  holds(offset: number): boolean {
    return this.state !== 'lost' && !this.#tracker.isSettled(offset);
  }

  /** Resolves when everything handed out is settled, or when `signal` aborts. */
  drain(signal: AbortSignal): Promise<void> {
    this.state = 'draining';
    if (this.unsettled === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** For `offsetsStore`; undefined as long as nothing was settled. */
  toStore(): TopicPartitionOffset | undefined {
    const offset = this.position;
    return offset === undefined ? undefined : { topic: this.topic, partition: this.partition, offset };
  }
}
