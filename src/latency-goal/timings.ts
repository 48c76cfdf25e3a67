import type { GoalReading } from './reading';
import { LatencyWindow } from '../results/latency-window';

/** Times of one prediction by step, ms. */
export interface WayTimes {
  readonly totalMs: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
  readonly publishMs: number;
  readonly ageOnArrivalMs: number;
}

export type GoalTimes = Pick<
  GoalReading,
  'total' | 'queue' | 'inference' | 'publish' | 'ageOnArrival' | 'outcomeRate'
>;

/** Enough for a 99th percentile after a short time. */
const ENOUGH = { predictions: 200, ms: 2_000 };
/** With fewer it is rough, but better than waiting longer. */
const ROUGH = { predictions: 30, ms: 20_000 };

/** Quantiles over seconds with unchanged settings: a window is read once, and restarts. */
export class GoalTimings {
  readonly #total = new LatencyWindow();
  readonly #queue = new LatencyWindow();
  readonly #inference = new LatencyWindow();
  readonly #publish = new LatencyWindow();
  readonly #age = new LatencyWindow();
  #count = 0;

  /** Times are monotonic ms. */
  constructor(private since: number) {}

  /** `weight` predictions took about the same time. */
  add(times: WayTimes, weight: number, now: number): void {
    if (now < this.since) return;
    this.#count += weight;
    this.#total.record(times.totalMs, weight);
    this.#queue.record(times.queueMs, weight);
    this.#inference.record(times.inferenceMs, weight);
    this.#publish.record(times.publishMs, weight);
    this.#age.record(times.ageOnArrivalMs, weight);
  }

  /** null until there are enough. */
  take(now: number): GoalTimes | null {
    const ms = now - this.since;
    const isEnough = [ENOUGH, ROUGH].some((least) => this.#count >= least.predictions && ms >= least.ms);
    if (!isEnough) return null;
    const times = {
      total: this.#total.quantiles(),
      queue: this.#queue.quantiles(),
      inference: this.#inference.quantiles(),
      publish: this.#publish.quantiles(),
      ageOnArrival: this.#age.quantiles(),
      outcomeRate: (this.#count * 1000) / ms,
    };
    this.startAt(now);
    return times;
  }

  /** Discards the window, and everything up to `at`. */
  startAt(at: number): void {
    this.since = at;
    this.#count = 0;
    for (const window of [this.#total, this.#queue, this.#inference, this.#publish, this.#age])
      window.clear();
  }
}
