import type { BatchPace } from './pace';

export interface BatchTargetLimits {
  /** The target never goes beyond this. */
  readonly maxBatch: number;
  /** May change from batch to batch. */
  readonly pace: BatchPace;
}

/** Why the target has its size. */
export type BatchTargetReason =
  /** Too few batches of different sizes for a fit. */
  | 'measuring'
  /** Caught up: the largest batch within the latency budget. */
  | 'latency'
  /** Behind: larger batches would hardly be faster. */
  | 'throughput'
  /** The largest batch that a latency goal allows, caught up or behind. */
  | 'goal'
  /** Larger batches would be better, but exceed the limit. */
  | 'limit';

export interface BatchTargetState {
  readonly size: number;
  readonly reason: BatchTargetReason;
  /** null while measuring. */
  readonly fit: Fit | null;
}

/** A batch of n takes `perImageMs · n + fixedMs`. */
export interface Fit {
  readonly perImageMs: number;
  readonly fixedMs: number;
}

/** Share of a batch's time that its fixed part may take when behind: the knee of the throughput curve. */
const FIXED_SHARE = 0.05;
/**
 * Cost of a batch outside of its worker, ms: messages between threads, a journal record, timers and promises. Without
 * it, a fit whose fixed part is lost in noise would choose batches of one while behind.
 */
export const OUTSIDE_MS = 0.5;
/** Size before the first measurement: a detector may take a second for each image. */
const FIRST_SIZE = 8;
/** Longest time for the images of a batch, ms: far below `inference.taskTimeout`, after which its work is lost. */
const LONGEST_MS = 2_000;
/** After this many further batches a batch counts 1/e in the fit. */
const MEMORY = 200;
const MIN_SAMPLES = 20;
/** Consecutive agreeing observations before the target changes between latency and throughput. */
const PATIENCE = 8;

/**
 * Chooses the batch size from measured batch times. The time of a batch is fitted as `a · n + b` by least squares
 * with slow forgetting. While caught up, the target is the largest batch within the latency budget. While behind, it
 * is the size beyond which throughput hardly grows. With a latency goal the budget applies in both cases.
 */
export class BatchTarget {
  readonly #sums = { weight: 0, n: 0, ms: 0, nn: 0, nms: 0 };
  #samples = 0;
  #behind = false;
  #contradictions = 0;

  constructor(private readonly limits: BatchTargetLimits) {}

  /** A batch of `n` took `ms` in its worker. */
  record(n: number, ms: number): void {
    const sums = this.#sums;
    const keep = 1 - 1 / MEMORY;
    sums.weight = sums.weight * keep + 1;
    sums.n = sums.n * keep + n;
    sums.ms = sums.ms * keep + ms;
    sums.nn = sums.nn * keep + n * n;
    sums.nms = sums.nms * keep + n * ms;
    this.#samples++;
  }

  /** Whether more images wait now than the workers can take at once. */
  observe(behind: boolean): void {
    this.#contradictions = behind === this.#behind ? 0 : this.#contradictions + 1;
    if (this.#contradictions < PATIENCE) return;
    this.#behind = behind;
    this.#contradictions = 0;
  }

  get size(): number {
    return this.state().size;
  }

  state(): BatchTargetState {
    const { maxBatch } = this.limits;
    const fit = this.#fit();
    if (fit === null) return { size: this.#sizeByMean(), reason: 'measuring', fit };
    const { wanted, reason } = this.#wanted(fit);
    const most = Math.min(maxBatch, Math.max(1, Math.floor(LONGEST_MS / fit.perImageMs)));
    if (wanted > most) return { size: most, reason: 'limit', fit };
    return { size: Math.max(1, wanted), reason, fit };
  }

  #wanted(fit: Fit): { wanted: number; reason: BatchTargetReason } {
    const { latencyBudgetMs, strict } = this.limits.pace;
    const [knee, inBudget] = [kneeOf(fit), largestWithin(latencyBudgetMs, fit)];
    if (strict && !(this.#behind && knee < inBudget)) return { wanted: inBudget, reason: 'goal' };
    return this.#behind ? { wanted: knee, reason: 'throughput' } : { wanted: inBudget, reason: 'latency' };
  }

  /** Without a fit, the time of a batch is assumed to be proportional to its size: rather too small than too large. */
  #sizeByMean(): number {
    const { maxBatch, pace } = this.limits;
    const { n, ms } = this.#sums;
    if (n === 0) return Math.min(maxBatch, FIRST_SIZE);
    if (ms === 0) return maxBatch;
    const mostMs = pace.strict ? Math.min(pace.latencyBudgetMs, LONGEST_MS) : LONGEST_MS;
    return Math.max(1, Math.min(maxBatch, Math.floor((n / ms) * mostMs)));
  }

  /** Batches of equal size contain no information about the slope. */
  #fit(): Fit | null {
    const { weight, n, ms, nn, nms } = this.#sums;
    const variance = nn / weight - (n / weight) ** 2;
    if (this.#samples < MIN_SAMPLES || variance < 1) return null;
    const slope = (nms / weight - (n / weight) * (ms / weight)) / variance;
    const perImageMs = Math.max(slope, 1e-6);
    return { perImageMs, fixedMs: Math.max(0, (ms - perImageMs * n) / weight) };
  }
}

/** The batch size beyond which throughput hardly grows. */
export function kneeOf({ perImageMs, fixedMs }: Fit): number {
  return Math.ceil(((fixedMs + OUTSIDE_MS) * (1 - FIXED_SHARE)) / (perImageMs * FIXED_SHARE));
}

/** The largest batch that takes at most `ms`; less than 1 if none does. */
export function largestWithin(ms: number, { perImageMs, fixedMs }: Fit): number {
  return Math.floor((ms - fixedMs) / perImageMs);
}
