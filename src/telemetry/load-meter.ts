import type { PartitionLag } from '../core/ports';
import type { Load } from '../core/scale';

/** Counters that are read once a second. */
export interface LoadSample {
  /** Monotonic ms. */
  readonly at: number;
  /** Outcomes since the start. */
  readonly outcomes: number;
  readonly lag: readonly PartitionLag[];
}

/** Current values of the process. */
export interface LoadNow {
  readonly workers: number;
  /** Time of one worker per image, ms; null before the first batch. */
  readonly perImageMs: number | null;
  readonly utilization: number;
  readonly blocked: string | null;
}

/** Rates are averages of the last minute. */
const WINDOW_MS = 60_000;
/** Shorter times give no usable rate, ms. */
const LEAST_MS = 5_000;

/** Derives arrival rate and capacity from samples: arrivals are the outcomes plus the growth of the lag. */
export class LoadMeter {
  #samples: LoadSample[] = [];

  /** Other partitions have another lag, which is not an arrival: the window restarts. */
  add(sample: LoadSample): void {
    const last = this.#samples.at(-1);
    if (last && partitionsOf(last) !== partitionsOf(sample)) this.#samples = [];
    this.#samples.push(sample);
    while (sample.at - (this.#samples[0] as LoadSample).at > WINDOW_MS) this.#samples.shift();
  }

  read(now: LoadNow): Load {
    const { lag } = this.#samples.at(-1) ?? { lag: [] };
    const outcomeRate = this.#rateOf(({ outcomes }) => outcomes) ?? 0;
    const lagIsKnown = lag.length > 0;
    return {
      arrivalRate: this.arrivalRate,
      outcomeRate,
      lag: lagIsKnown ? total(lag) : null,
      capacity: this.#capacity(now, outcomeRate),
      utilization: now.utilization,
      partitions: lagIsKnown && lag.every(({ partition }) => partition !== null) ? lag.length : null,
      blocked: now.blocked,
    };
  }

  /** Incoming messages per second; null where that is unknown. */
  get arrivalRate(): number | null {
    const lagIsKnown = (this.#samples.at(-1)?.lag.length ?? 0) > 0;
    return lagIsKnown ? this.#rateOf(({ outcomes, lag }) => outcomes + total(lag)) : null;
  }

  /** Per second, over the window; null while it is too short. */
  #rateOf(count: (sample: LoadSample) => number): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.at - first.at < LEAST_MS) return null;
    return ((count(last) - count(first)) * 1000) / (last.at - first.at);
  }

  /**
   * Capacity of the workers. Where messages waited all the time, the outcome rate is the capacity: something other
   * than the workers is the limit.
   */
  #capacity({ workers, perImageMs }: LoadNow, outcomeRate: number): number | null {
    if (perImageMs === null || perImageMs <= 0) return null;
    const ofWorkers = (workers * 1000) / perImageMs;
    const behindAllTheTime = this.#samples.every(({ lag }) => total(lag) > outcomeRate);
    return behindAllTheTime && outcomeRate > 0 ? Math.min(ofWorkers, outcomeRate) : ofWorkers;
  }
}

function total(lag: readonly PartitionLag[]): number {
  return lag.reduce((sum, { messages }) => sum + messages, 0);
}

function partitionsOf({ lag }: LoadSample): string {
  return lag.map(({ partition }) => partition).join();
}
