import { Batcher } from '../../src/pipeline/batcher';
import { Lane } from '../../src/pipeline/lanes';
import type { LatencyGoal } from '../../src/latency-goal/latency-goal';
import { GoalTimings } from '../../src/latency-goal/timings';
import { createRandom } from '../../src/training/random';

/** A simulated stream through one process on a virtual clock: Poisson arrivals, queue, workers and publisher. */
export interface StreamModel {
  readonly seed: number;
  readonly maxBatch: number;
  readonly workers: number;
  /** Arrivals a second at a time, ms from the start. */
  readonly rate: (at: number) => number;
  /** A batch of n takes about `perImageMs · n + fixedMs`. */
  readonly perImageMs: number;
  readonly fixedMs: number;
  /** Mean confirmation time of the broker, ms; the slowest take about three times as long. */
  readonly publishMs: (at: number) => number;
  /** Backlog at the start. */
  readonly backlog?: number;
}

export interface Second {
  readonly batch: number;
  readonly workers: number;
  readonly ahead: number;
  readonly state: string;
  /** Predictions a second. */
  readonly rate: number;
  /** Of those confirmed in this second, ms. */
  readonly p99: number;
  readonly backlog: number;
}

interface Item {
  readonly createdAt: number;
  readonly receivedAt: number;
}

interface Happening {
  readonly at: number;
  readonly run: () => void;
}

/** Runs for a number of simulated seconds; returns the figures per second. */
export function runStream(model: StreamModel, goal: LatencyGoal, seconds: number): Second[] {
  return new Run(model, goal).seconds(seconds);
}

class Run {
  readonly #random: () => number;
  readonly #batcher: Batcher<Item>;
  readonly #timings = new GoalTimings(0);
  /** Publish times of the messages in the broker. */
  readonly #waiting = new Lane<number>();
  /** Time at which each worker becomes free. */
  readonly #freeAt: number[];
  readonly #happenings: Happening[] = [];
  #now = 0;
  #inFlight = 0;
  #polled = 0;
  #totals: number[] = [];

  constructor(
    private readonly model: StreamModel,
    private readonly goal: LatencyGoal,
  ) {
    this.#random = createRandom(model.seed);
    const { maxBatch, workers, backlog = 0 } = model;
    this.#batcher = new Batcher(
      { maxBatch, parallelism: workers, maxInteractive: 1 },
      goal,
      () => this.#polled,
    );
    for (let i = 0; i < backlog; i++) this.#waiting.push(0);
    this.#freeAt = Array<number>(workers).fill(0);
  }

  seconds(count: number): Second[] {
    return Array.from({ length: count }, () => this.#second());
  }

  #second(): Second {
    this.#totals = [];
    for (let tick = 0; tick < 1000; tick++) this.#millisecond();
    this.#polled = this.#waiting.length;
    this.#judge();
    const { batch, workers, ahead, state } = this.goal.state(this.#now);
    const sorted = this.#totals.sort((a, b) => a - b);
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
    return { batch, workers, ahead, state, rate: sorted.length, p99, backlog: this.#waiting.length };
  }

  #millisecond(): void {
    const end = this.#now + 1;
    for (let left = this.#poisson(this.model.rate(this.#now) / 1000); left > 0; left--)
      this.#waiting.push(this.#now);
    this.#receive();
    for (let next = this.#happenings[0]; next && next.at <= end; next = this.#happenings[0]) {
      this.#happenings.shift();
      this.#now = next.at;
      next.run();
      this.#receive();
    }
    this.#now = end;
  }

  /** Takes messages like the pipeline: in steps, within the in-flight limit of the goal. */
  #receive(): void {
    const { ahead } = this.goal;
    const room = ahead - this.#inFlight;
    if (room < ahead / 4) return;
    const taken: number[] = [];
    this.#waiting.moveTo(taken, Math.min(room, 512));
    this.#inFlight += taken.length;
    for (const createdAt of taken) this.#batcher.push('stream', { createdAt, receivedAt: this.#now });
    this.#dispatch();
  }

  #dispatch(): void {
    for (let batch = this.#batcher.take(); batch; batch = this.#batcher.take()) this.#infer(batch.items);
  }

  /** A batch waits for the first free worker, as in a thread pool. */
  #infer(batch: Item[]): void {
    const { perImageMs, fixedMs } = this.model;
    const noise = 0.9 + 0.2 * this.#random() + (this.#random() < 0.01 ? 0.5 : 0);
    const ms = (perImageMs * batch.length + fixedMs) * noise;
    const startedAt = this.#now;
    const worker = this.#freeAt.indexOf(Math.min(...this.#freeAt));
    const endsAt = Math.max(this.#now, this.#freeAt[worker] ?? 0) + ms;
    this.#freeAt[worker] = endsAt;
    this.#after(endsAt, () => {
      this.#batcher.measured(batch.length, ms);
      this.#batcher.done({ lane: 'stream' });
      this.#publish(batch, startedAt, ms);
      this.#dispatch();
    });
  }

  #publish(batch: Item[], startedAt: number, inferenceMs: number): void {
    const publishMs = this.model.publishMs(this.#now) * Math.exp(0.45 * this.#normal());
    this.#after(this.#now + publishMs, () => {
      this.#inFlight -= batch.length;
      for (const { createdAt, receivedAt } of batch) {
        const totalMs = this.#now - receivedAt;
        this.#totals.push(totalMs);
        const times = { totalMs, queueMs: startedAt - receivedAt, inferenceMs, publishMs };
        this.#timings.add({ ...times, ageOnArrivalMs: receivedAt - createdAt }, 1, this.#now);
      }
    });
  }

  /** Like the process, once per second. */
  #judge(): void {
    const times = this.#timings.take(this.#now);
    if (times === null) return;
    const { fit } = this.#batcher.target;
    const { perImageMs } = this.#batcher;
    const arrivalRate = this.model.rate(this.#now);
    const reading = { ...times, now: this.#now, fit, perImageMs, arrivalRate, backlog: this.#polled };
    if (this.goal.judge(reading)) this.#timings.startAt(this.#now + 1000);
  }

  #after(at: number, run: () => void): void {
    const index = this.#happenings.findIndex((other) => other.at > at);
    this.#happenings.splice(index === -1 ? this.#happenings.length : index, 0, { at, run });
  }

  #poisson(mean: number): number {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let p = this.#random(); p > limit; p *= this.#random()) count++;
    return count;
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}
