import type { PartitionLag } from '../core/ports';
import type { Load } from '../core/scale';

/** What is looked at once a second. */
export interface LoadSample {
  /** Monotonic ms. */
  readonly at: number;
  /** Outcomes since the start. */
  readonly outcomes: number;
  readonly lag: readonly PartitionLag[];
}

/** What the process says of itself at the moment it is asked. */
export interface LoadNow {
  readonly workers: number;
  /** Time that one worker needs for one image, ms; null before the first batch. */
  readonly perImageMs: number | null;
  readonly utilization: number;
  readonly blocked: string | null;
}

/** Rates are those of the last minute. */
const WINDOW_MS = 60_000;
/** Shorter times give no rate worth acting on, ms. */
const LEAST_MS = 5_000;

/** Makes arrival rate and capacity of samples: what arrived is what was done plus what the lag has grown by. */
export class LoadMeter {
  #samples: LoadSample[] = [];

  /** Other partitions than before have another lag, which is no arrival: the window begins anew. */
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

  /** Messages a second that come in; null where that is not known. */
  get arrivalRate(): number | null {
    const lagIsKnown = (this.#samples.at(-1)?.lag.length ?? 0) > 0;
    return lagIsKnown ? this.#rateOf(({ outcomes, lag }) => outcomes + total(lag)) : null;
  }

  /** A second, over the window; null while it is too short. */
  #rateOf(count: (sample: LoadSample) => number): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.at - first.at < LEAST_MS) return null;
    return ((count(last) - count(first)) * 1000) / (last.at - first.at);
  }

  /**
   * What the workers could do. But where messages waited all the time, more than was done could not be done: something
   * else than the workers is the limit.
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
