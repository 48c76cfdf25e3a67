import { goalCosts } from './costs';
import { capacityOf, cautiousFit, freeBatchOf, planOf } from './plan';
import type { BatchCosts, GoalLimits, GoalPlan } from './plan';
import { demandOf, type GoalReading, type StepTimes } from './reading';
import { goalReason, obstacleOf } from './reason';
import { GoalRetry } from './retry';
import { GoalShare } from './share';
import { WorkersInUse } from './workers';
import type { GoalCosts, GoalState, LatencyGoalState } from '../core/latency-goal-state';
import { defaultPace, type Pace } from '../pipeline/pace';

export type { GoalLimits } from './plan';

/** Below this share of the goal there is room for larger batches, or for fewer workers. */
const COMFORTABLE = 0.75;
/** Number of readings that must agree: a single bad one may be a rebalance, or a garbage collection. */
const PATIENCE = 2;
/** A reading within the goal compensates half of one above it: two of four above it are too many. */
const FORGIVEN = 0.5;
/** Weight of the latest reading in the publishing time. */
const WEIGHT = 0.2;
/** Smaller changes of a plan are noise. */
const NOTABLE = 0.15;
/** An older reading is obsolete, ms. */
const STALE_MS = 60_000;

/**
 * Keeps the 99th percentile of the time from arrival to the broker's confirmation below a goal, with the smallest
 * possible loss of throughput. Measured costs determine a plan; the resulting p99 corrects the plan.
 *
 * States: steering → (all options used) given up: throughput first → (after a while) steering, from the smallest
 * share on.
 */
export class LatencyGoal implements Pace {
  readonly #share = new GoalShare();
  readonly #workers: WorkersInUse;
  readonly #retry = new GoalRetry();
  readonly #free: Pace;
  #plan: GoalPlan;
  #batches: BatchCosts = { fit: null, perImageMs: null };
  #publish: StepTimes | null = null;
  #reading: GoalReading | null = null;
  #over = 0;
  #under = 0;
  #obstacle: string | null = null;

  constructor(private readonly limits: GoalLimits) {
    this.#workers = new WorkersInUse(limits.workers);
    this.#free = defaultPace(limits.workers);
    this.#plan = this.#newPlan();
  }

  get strict(): boolean {
    return !this.#givenUp;
  }

  get latencyBudgetMs(): number {
    return this.#givenUp ? this.#free.latencyBudgetMs : this.#plan.latencyBudgetMs;
  }

  get parallelism(): number {
    return this.#givenUp ? this.limits.workers : this.#workers.count;
  }

  get ahead(): number {
    return this.#givenUp ? this.limits.maxAhead : this.#plan.ahead;
  }

  /** Returns true if the settings changed: later measurements must not mix with earlier ones. */
  judge(reading: GoalReading): boolean {
    this.#remember(reading);
    const changed = this.#givenUp ? this.#tryAgain(reading) : this.#restaff(reading) || this.#steer(reading);
    this.#replan(changed);
    return changed;
  }

  state(now: number): LatencyGoalState {
    const { targetMs } = this.limits;
    const p99Ms = this.#p99(now);
    const state = this.#stateOf(p99Ms);
    const [batch, costs] = [this.#batch, this.#costs()];
    const retryInMs = this.#retry.at === null ? null : Math.max(0, this.#retry.at - now);
    const freeBatch = this.#freeBatch;
    const obstacle = this.#obstacle;
    return {
      targetMs,
      p99Ms,
      met: p99Ms === null ? null : p99Ms <= targetMs,
      state,
      batch,
      workers: this.parallelism,
      ahead: this.ahead,
      costs,
      reason: goalReason({ targetMs, p99Ms, state, batch, costs, freeBatch, obstacle, retryInMs }),
    };
  }

  get #givenUp(): boolean {
    return this.#retry.at !== null;
  }

  #remember(reading: GoalReading): void {
    this.#reading = reading;
    const { fit, perImageMs, publish } = reading;
    // Batches of equal size give no fit; an earlier one is better than none.
    this.#batches = { fit: fit ?? this.#batches.fit, perImageMs };
    const before = this.#publish ?? publish;
    this.#publish = {
      p50: before.p50 + WEIGHT * (publish.p50 - before.p50),
      p99: before.p99 + WEIGHT * (publish.p99 - before.p99),
    };
  }

  #restaff(reading: GoalReading): boolean {
    const fit = cautiousFit(this.#batches);
    if (fit === null) return false;
    return this.#workers.follow({
      now: reading.now,
      utilization: (workers) => demandOf(reading) / capacityOf(fit, this.#plan.batch, workers),
      behind: this.#isBehind(reading),
      comfortable: reading.total.p99 < COMFORTABLE * this.limits.targetMs,
    });
  }

  #steer(reading: GoalReading): boolean {
    const { targetMs } = this.limits;
    const { now, total } = reading;
    this.#over = total.p99 > targetMs ? this.#over + 1 : Math.max(0, this.#over - FORGIVEN);
    this.#under = total.p99 < COMFORTABLE * targetMs ? this.#under + 1 : 0;
    if (total.p99 <= targetMs) this.#retry.succeeded();
    if (this.#over >= PATIENCE) return this.#tighten(now, total.p99 / targetMs);
    if (this.#under < PATIENCE) return false;
    this.#under = 0;
    return this.#share.grow(now, this.#isBehind(reading));
  }

  #tighten(now: number, excess: number): boolean {
    this.#over = 0;
    if (!this.#oneImageIsTooSlow() && (this.#workers.useAll(now) || this.#shrink(now, excess))) return true;
    const costs = this.#costs();
    this.#obstacle = costs && obstacleOf(costs, this.limits.targetMs);
    this.#publish = null;
    this.#retry.giveUp(now);
    return true;
  }

  /** When the median of publishing alone is above the goal, reducing everything else does not help. */
  #shrink(now: number, excess: number): boolean {
    const hopeless = (this.#publish?.p50 ?? 0) >= this.limits.targetMs;
    return hopeless ? this.#share.toLeast() : this.#share.shrink(now, excess);
  }

  /** After a while, with the smallest share; or at once when the goal is met anyway. */
  #tryAgain({ now, total }: GoalReading): boolean {
    this.#under = total.p99 <= this.limits.targetMs ? this.#under + 1 : 0;
    const met = this.#under >= PATIENCE;
    if (!met && now < (this.#retry.at ?? 0)) return false;
    this.#retry.resume();
    this.#workers.useAll(now);
    if (met) this.#share.toStart();
    else this.#share.toLeast();
    this.#under = this.#over = 0;
    return true;
  }

  /** Small corrections are postponed, so that a plan stays the same for a while. */
  #replan(changed: boolean): void {
    const plan = this.#newPlan();
    const differs = (of: (plan: GoalPlan) => number): boolean =>
      Math.abs(of(plan) - of(this.#plan)) > NOTABLE * of(this.#plan);
    if (changed || differs(({ ahead }) => ahead) || differs(({ latencyBudgetMs }) => latencyBudgetMs))
      this.#plan = plan;
  }

  #newPlan(): GoalPlan {
    const publish = this.#publish ?? { p50: 0, p99: 0 };
    const [share, workers] = [this.#share.value, this.#workers.count];
    return planOf({ batches: this.#batches, publish, share, workers }, this.limits);
  }

  #isBehind({ backlog }: GoalReading): boolean {
    const { workers, maxBatch } = this.limits;
    return backlog !== null && backlog > Math.max(this.#plan.ahead, workers * maxBatch);
  }

  #oneImageIsTooSlow(): boolean {
    const fit = cautiousFit(this.#batches);
    return fit !== null && fit.perImageMs + fit.fixedMs >= this.limits.targetMs;
  }

  #p99(now: number): number | null {
    const reading = this.#reading;
    return reading === null || now - reading.now > STALE_MS ? null : reading.total.p99;
  }

  #stateOf(p99Ms: number | null): GoalState {
    if (this.#givenUp) return 'unreachable';
    if (p99Ms === null) return 'measuring';
    return p99Ms <= this.limits.targetMs ? 'met' : 'adjusting';
  }

  get #batch(): number {
    return this.#givenUp ? this.#freeBatch : Math.min(this.#plan.batch, this.#freeBatch);
  }

  get #freeBatch(): number {
    return freeBatchOf(this.#batches, this.limits.maxBatch);
  }

  #costs(): GoalCosts | null {
    if (this.#reading === null) return null;
    return goalCosts(this.#reading, this.#batches, this.#batch, this.limits);
  }
}
