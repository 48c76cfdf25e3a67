import { LatencyGoal, type GoalLimits } from './latency-goal';
import type { LatencyGoalState } from '../core/latency-goal-state';
import type { Pace } from '../pipeline/pace';
import type { Pipeline } from '../pipeline/pipeline';
import type { OutcomeObserver } from '../core/ports';
import type { Outcome, PredictionOutcome } from '../core/prediction';
import { GoalTimings, type WayTimes } from './timings';

/** Inputs of a goal besides the times of the predictions. */
export interface GoalSources {
  /** null before the start. */
  pipeline(): Pick<Pipeline, 'batchTarget' | 'perImageMs'> | null;
  /** Messages per second; null where unknown. */
  arrivalRate(): number | null;
  /** Messages that wait in the broker; null where unknown. */
  backlog(): number | null;
  /** Monotonic ms. */
  now(): number;
}

const INTERVAL_MS = 1_000;
/** Messages taken under the earlier settings are finished by then, ms. */
const SETTLING_MS = 1_000;
/** Sampled predictions of a batch; each represents its share of the others. */
const SAMPLES = 8;

/** Measures the stream, and evaluates the goal once a second. */
export class GoalKeeper implements OutcomeObserver {
  readonly #goal: LatencyGoal;
  readonly #timings: GoalTimings;
  readonly #timer: NodeJS.Timeout;

  constructor(
    limits: GoalLimits,
    private readonly sources: GoalSources,
  ) {
    this.#goal = new LatencyGoal(limits);
    this.#timings = new GoalTimings(sources.now());
    this.#timer = setInterval(() => this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  get pace(): Pace {
    return this.#goal;
  }

  state(): LatencyGoalState {
    return this.#goal.state(this.sources.now());
  }

  onOutcomes(outcomes: readonly Outcome[], publishMs: number): void {
    const now = this.sources.now();
    const step = Math.max(1, Math.floor(outcomes.length / SAMPLES));
    for (let at = 0; at < outcomes.length; at += step) {
      const outcome = outcomes[at] as Outcome;
      if (outcome.kind === 'prediction')
        this.#timings.add(timesOf(outcome, publishMs), Math.min(step, outcomes.length - at), now);
    }
  }

  /** Public for tests, which do not wait for a second. */
  look(): void {
    const { sources } = this;
    const [now, pipeline] = [sources.now(), sources.pipeline()];
    const times = pipeline && this.#timings.take(now);
    if (!times) return;
    const changed = this.#goal.judge({
      ...times,
      now,
      fit: pipeline.batchTarget.fit,
      perImageMs: pipeline.perImageMs,
      arrivalRate: sources.arrivalRate(),
      backlog: sources.backlog(),
    });
    if (changed) this.#timings.startAt(now + SETTLING_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function timesOf(
  { queueMs, inferenceMs, totalMs, delivery }: PredictionOutcome,
  publishMs: number,
): WayTimes {
  const arrivedAt = performance.timeOrigin + delivery.receivedAt;
  const ageOnArrivalMs = Math.max(0, arrivedAt - delivery.timestamp);
  return { queueMs, inferenceMs, publishMs, totalMs: totalMs + publishMs, ageOnArrivalMs };
}
