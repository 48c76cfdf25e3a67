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

/** Most images in an interactive batch. */
const INTERACTIVE_MOST = 64;
/**
 * How long a batch of the stream may take while interactive images come, ms: what the next one of them waits for at most. Smaller
 * batches cost the stream some of its throughput, and only then.
 */
const BESIDE_INTERACTIVE_MS = 5;
/** Interactive images come as long as the last one is no older, ms. */
const INTERACTIVE_FOR_MS = 1_000;
/** How much the latest batch counts in the measured rate. */
const SERVICE_WEIGHT = 0.1;

/** Images of one lane, for one worker. */
export interface Batch<T> {
  readonly lane: LaneName;
  readonly items: T[];
}

/**
 * Two lanes in front of the workers. Work-conserving: an idle worker gets at once what is there, with no lingering.
 * Interactive images go first, in small batches of their own: in one with the stream's they would wait for all of it.
 * While all workers are busy one further batch per worker may be assembled, and only a full one: a small batch that
 * waits behind a worker would be better off growing in its lane.
 */
export class Batcher<T> {
  readonly #stream = new Lane<T>();
  readonly #interactive = new Lane<T>();
  readonly #target: BatchTarget;
  readonly #running = { stream: 0, interactive: 0 };
  /** What a worker needs for one image at present, its share of the batch's time, ms; null before the first batch. */
  #perImageMs: number | null = null;
  #interactiveAt = -Infinity;
  #latest: LaneName = 'stream';

  constructor(
    private readonly limits: BatcherLimits,
    private readonly pace: Pace = unhurried(limits.parallelism),
    private readonly backlog: Backlog = () => null,
    private readonly now: () => number = () => performance.now(),
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
    this.#interactiveAt = this.now();
    return true;
  }

  /** The next batch if a worker should have one now; the caller owes a `done` for it. */
  take(): Batch<T> | null {
    const { size } = this.#target;
    if (this.#interactiveIsDue && !this.#isTurnOfStream)
      return this.#takeFrom('interactive', Math.min(size, INTERACTIVE_MOST));
    const most = Math.min(size, this.#besideInteractive);
    if (!this.#streamIsDue(most)) return null;
    this.#target.observe(this.#isBehind(size));
    return this.#takeFrom('stream', most);
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
   * already, null before anything was measured. While the stream waits too, one batch of it is between two of the lane's.
   */
  interactiveRoomInMs(n: number): number | null {
    const ahead = n - this.interactiveRoom;
    if (ahead <= 0) return 0;
    if (this.#perImageMs === null) return null;
    const { parallelism } = this.pace;
    if (this.#stream.length === 0) return (ahead * this.#perImageMs) / parallelism;
    return ahead * this.#perImageMs * (1 + 1 / parallelism);
  }

  /** What a worker needs for one image at present, ms; null before the first batch. */
  get perImageMs(): number | null {
    return this.#perImageMs;
  }

  get target(): BatchTargetState {
    return this.#target.state();
  }

  /** A batch that was taken has come back from its worker. */
  done({ lane }: Pick<Batch<T>, 'lane'>): void {
    this.#running[lane]--;
  }

  depth(lane: LaneName): number {
    return lane === 'stream' ? this.#stream.length : this.#interactive.length;
  }

  get running(): number {
    return this.#running.stream + this.#running.interactive;
  }

  /** Empties both lanes and returns what waited there. */
  clear(): T[] {
    return [...this.#interactive.clear(), ...this.#stream.clear()];
  }

  get #besideInteractive(): number {
    if (this.now() - this.#interactiveAt >= INTERACTIVE_FOR_MS) return Infinity;
    if (this.#perImageMs === null) return INTERACTIVE_MOST;
    return Math.max(1, Math.floor(BESIDE_INTERACTIVE_MS / this.#perImageMs));
  }

  /** After an interactive batch an idle worker takes what the stream has, however little: else that would wait for ever. */
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

  /** More waits, here or in the broker, than the workers take at once: what is taken ahead hides most of a backlog. */
  #isBehind(size: number): boolean {
    const atOnce = size * this.pace.parallelism;
    return this.#stream.length > atOnce || (this.backlog() ?? 0) > atOnce;
  }
}
