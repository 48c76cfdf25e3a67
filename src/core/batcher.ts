import { BatchTarget, type BatchTargetState } from './batch-target';
import { Lane } from './lanes';
import { unhurried, type Backlog, type Pace } from './pace';

export type LaneName = 'stream' | 'interactive';

export interface BatcherLimits {
  /** Most items in a batch. */
  readonly maxBatch: number;
  /** Batches that can be worked on at the same time. */
  readonly parallelism: number;
  /** Most items that wait in the interactive lane. */
  readonly maxInteractive: number;
}

/** Share of a batch that the interactive lane may take while the stream lane waits too. */
const INTERACTIVE_SHARE = 0.5;
/** How much the latest batch counts in the measured rate. */
const SERVICE_WEIGHT = 0.1;

/**
 * Two lanes in front of the workers. Work-conserving: an idle worker gets at once what is there, with no lingering.
 * While all workers are busy one further batch per worker may be assembled, and only a full one: a small batch that
 * waits behind a worker would be better off growing in its lane.
 */
export class Batcher<T> {
  readonly #stream = new Lane<T>();
  readonly #interactive = new Lane<T>();
  readonly #target: BatchTarget;
  #running = 0;
  /** What a worker needs for one image at present, its share of the batch's time, ms; null before the first batch. */
  #perImageMs: number | null = null;

  constructor(
    private readonly limits: BatcherLimits,
    private readonly pace: Pace = unhurried(limits.parallelism),
    private readonly backlog: Backlog = () => null,
  ) {
    this.#target = new BatchTarget({ maxBatch: limits.maxBatch, pace });
  }

  /** False if the interactive lane is full; the stream lane is bounded by admission. */
  push(lane: LaneName, item: T): boolean {
    if (lane === 'stream') {
      this.#stream.push(item);
      return true;
    }
    if (this.#interactive.length >= this.limits.maxInteractive) return false;
    this.#interactive.push(item);
    return true;
  }

  /** The next batch if a worker should have one now; the caller owes a `done()` for it. */
  take(): T[] | null {
    const { size } = this.#target;
    if (!this.#shouldDispatch(size)) return null;
    this.#running++;
    this.#target.observe(this.#isBehind(size));
    const batch: T[] = [];
    const share = this.#stream.length > 0 ? Math.max(1, Math.floor(size * INTERACTIVE_SHARE)) : size;
    this.#interactive.moveTo(batch, share);
    this.#stream.moveTo(batch, size - batch.length);
    return batch;
  }

  /** How long a batch of `n` took in its worker: what the size of further ones depends on. */
  measured(n: number, ms: number): void {
    this.#target.record(n, ms);
    if (n === 0) return;
    this.#perImageMs = (this.#perImageMs ?? ms / n) * (1 - SERVICE_WEIGHT) + (ms / n) * SERVICE_WEIGHT;
  }

  /** How many further items the interactive lane takes now. */
  get interactiveRoom(): number {
    return this.limits.maxInteractive - this.#interactive.length;
  }

  /**
   * When the interactive lane will have room for `n` items at the rate measured lately, ms from now; 0 if it has it
   * already, null before anything was measured. While the stream waits too, the lane gets its share of each batch only.
   */
  interactiveRoomInMs(n: number): number | null {
    const ahead = n - this.interactiveRoom;
    if (ahead <= 0) return 0;
    if (this.#perImageMs === null) return null;
    const share = this.#stream.length > 0 ? INTERACTIVE_SHARE : 1;
    return (ahead * this.#perImageMs) / (this.pace.parallelism * share);
  }

  /** What a worker needs for one image at present, ms; null before the first batch. */
  get perImageMs(): number | null {
    return this.#perImageMs;
  }

  get target(): BatchTargetState {
    return this.#target.state();
  }

  /** A batch that was taken has come back from its worker. */
  done(): void {
    this.#running--;
  }

  depth(lane: LaneName): number {
    return lane === 'stream' ? this.#stream.length : this.#interactive.length;
  }

  get running(): number {
    return this.#running;
  }

  /** Empties both lanes and returns what waited there. */
  clear(): T[] {
    return [...this.#interactive.clear(), ...this.#stream.clear()];
  }

  #shouldDispatch(size: number): boolean {
    const { parallelism } = this.pace;
    const waiting = this.#stream.length + this.#interactive.length;
    if (waiting === 0) return false;
    if (this.#running < parallelism) return true;
    return this.#running < parallelism * 2 && waiting >= size;
  }

  /** More waits, here or in the broker, than the workers take at once: what is taken ahead hides most of a backlog. */
  #isBehind(size: number): boolean {
    const atOnce = size * this.pace.parallelism;
    return this.#stream.length > atOnce || (this.backlog() ?? 0) > atOnce;
  }
}
