import { BatchTarget, type BatchTargetState } from './batch-target';
import { Lane } from './lanes';
import { defaultPace, type Backlog, type Pace } from './pace';

export type LaneName = 'stream' | 'interactive';

export interface BatcherLimits {
  /** Largest batch. */
  readonly maxBatch: number;
  /** Number of batches that can be processed concurrently; may change. */
  readonly parallelism: number;
  /** Largest number of items that wait in the interactive lane. */
  readonly maxInteractive: number;
}

/** Largest interactive batch. */
const INTERACTIVE_MOST = 64;
/**
 * Longest batch of the stream while interactive images arrive, ms: the longest wait of the next one. Smaller batches
 * cost throughput, and only then.
 */
const WITH_INTERACTIVE_MS = 5;
/** Interactive images count as arriving until this long after the last one, ms. */
const INTERACTIVE_FOR_MS = 1_000;
/** Weight of the latest batch in the measured rate. */
const SERVICE_WEIGHT = 0.1;

/** Images of one lane, for one worker. */
export interface Batch<T> {
  readonly lane: LaneName;
  readonly items: T[];
}

/**
 * Two lanes in front of the workers. Work-conserving: an idle worker immediately receives the waiting images.
 * Interactive images go first, in small batches of their own: in a batch of the stream they would wait for all of it.
 * While all workers are busy, one more batch per worker may be assembled, and only a full one. A small batch is
 * better off growing in its lane.
 */
export class Batcher<T> {
  readonly #stream = new Lane<T>();
  readonly #interactive = new Lane<T>();
  readonly #target: BatchTarget;
  readonly #running = { stream: 0, interactive: 0 };
  /** Worker time per image at present, its share of the batch's time, ms; null before the first batch. */
  #perImageMs: number | null = null;
  #interactiveAt = -Infinity;
  #latest: LaneName = 'stream';

  constructor(
    private readonly limits: BatcherLimits,
    private readonly pace: Pace = defaultPace(limits),
    private readonly backlog: Backlog = () => null,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#target = new BatchTarget({ maxBatch: limits.maxBatch, pace });
  }

  /** The caller bounds both lanes: the interactive one by `interactiveRoom`, the stream by admission. */
  push(lane: LaneName, item: T): void {
    if (lane === 'stream') return this.#stream.push(item);
    this.#interactive.push(item);
    this.#interactiveAt = this.now();
  }

  /** The next batch if a worker should receive one now; the caller must call `done` for it. */
  take(): Batch<T> | null {
    const { size } = this.#target;
    if (this.#interactiveIsDue && !this.#isTurnOfStream)
      return this.#takeFrom('interactive', Math.min(size, INTERACTIVE_MOST));
    const most = Math.min(size, this.#mostWithInteractive);
    if (!this.#streamIsDue(most)) return null;
    this.#target.observe(this.#isBehind(size));
    return this.#takeFrom('stream', most);
  }

  /** Records how long a batch of `n` took in its worker, which determines the size of further ones. */
  measured(n: number, ms: number): void {
    this.#target.record(n, ms);
    if (n === 0) return;
    this.#perImageMs = (this.#perImageMs ?? ms / n) * (1 - SERVICE_WEIGHT) + (ms / n) * SERVICE_WEIGHT;
  }

  /** Free places in the interactive lane. */
  get interactiveRoom(): number {
    return this.limits.maxInteractive - this.#interactive.length;
  }

  /**
   * Time until the interactive lane has room for `n` items at the recent rate, ms; 0 if it has room now, null before
   * the first measurement. While the stream waits too, its batches alternate with those of the lane.
   */
  interactiveRoomInMs(n: number): number | null {
    const ahead = n - this.interactiveRoom;
    if (ahead <= 0) return 0;
    if (this.#perImageMs === null) return null;
    const { parallelism } = this.pace;
    if (this.#stream.length === 0) return (ahead * this.#perImageMs) / parallelism;
    return ahead * this.#perImageMs * (1 + 1 / parallelism);
  }

  /** Worker time per image at present, ms; null before the first batch. */
  get perImageMs(): number | null {
    return this.#perImageMs;
  }

  get target(): BatchTargetState {
    return this.#target.state();
  }

  /** A batch from `take` has returned from its worker. */
  done({ lane }: Pick<Batch<T>, 'lane'>): void {
    this.#running[lane]--;
  }

  depth(lane: LaneName): number {
    return lane === 'stream' ? this.#stream.length : this.#interactive.length;
  }

  get running(): number {
    return this.#running.stream + this.#running.interactive;
  }

  /** Empties both lanes and returns their items. */
  clear(): T[] {
    return [...this.#interactive.clear(), ...this.#stream.clear()];
  }

  get #mostWithInteractive(): number {
    const isArriving = this.now() - this.#interactiveAt < INTERACTIVE_FOR_MS;
    if (!isArriving || this.#perImageMs === null) return Infinity;
    return Math.max(1, Math.floor(WITH_INTERACTIVE_MS / this.#perImageMs));
  }

  /** After an interactive batch an idle worker takes any batch of the stream, which would otherwise starve. */
  get #isTurnOfStream(): boolean {
    const isIdle = this.running < this.pace.parallelism;
    return this.#latest === 'interactive' && this.#stream.length > 0 && isIdle;
  }

  /** One at a time while the workers are busy. */
  get #interactiveIsDue(): boolean {
    if (this.#interactive.length === 0) return false;
    return this.#running.interactive === 0 || this.running < this.pace.parallelism;
  }

  #streamIsDue(size: number): boolean {
    const { parallelism } = this.pace;
    if (this.#stream.length === 0) return false;
    if (this.running < parallelism) return true;
    return this.#running.stream < parallelism * 2 && this.#stream.length >= size;
  }

  #takeFrom(lane: LaneName, most: number): Batch<T> {
    this.#running[lane]++;
    this.#latest = lane;
    const items: T[] = [];
    (lane === 'stream' ? this.#stream : this.#interactive).moveTo(items, most);
    return { lane, items };
  }

  /** More images wait, here or in the broker, than the workers take at once: prefetching hides most of a backlog. */
  #isBehind(size: number): boolean {
    const atOnce = size * this.pace.parallelism;
    return this.#stream.length > atOnce || (this.backlog() ?? 0) > atOnce;
  }
}
