/** Load and capacity of one process. */
export interface Load {
  /** Incoming messages per second for it; null before the first measurement. */
  readonly arrivalRate: number | null;
  /** Outcomes per second, lately. */
  readonly outcomeRate: number;
  /** Messages that wait for it; null where the broker does not report it. */
  readonly lag: number | null;
  /** Images per second at full load, from the measured service time; null before the first batch. */
  readonly capacity: number | null;
  /** Busy share of its workers' time, 0–1. */
  readonly utilization: number;
  /** Partitions that it reads: more readers than partitions are idle. null where there are none. */
  readonly partitions: number | null;
  /** Why more processes would not help now, such as an unreachable broker; null when they would. */
  readonly blocked: string | null;
}

export interface ScalePlan {
  /** Processes that currently run. */
  readonly replicas: number;
  /** Time in which the backlog should be processed, s. */
  readonly catchUpSeconds: number;
  /** Target share of the capacity of a process, 0–1. */
  readonly utilization: number;
}

export interface ScaleHint {
  /** Required processes in total, as an estimate of one process: it assumes that the others are equally loaded. */
  readonly replicas: number;
  /** Required processes for the share of this one; sum over all processes and round up. null: unknown. */
  readonly load: number | null;
  /** As a sentence. */
  readonly reason: string;
}

export const DEFAULT_PLAN: ScalePlan = { replicas: 1, catchUpSeconds: 60, utilization: 0.8 };

/** Replicas = ⌈(arrival rate + lag / catch-up time) / (capacity × utilization) × replicas⌉, within 1 … partitions. */
export function scaleHint(load: Load, plan: ScalePlan): ScaleHint {
  const { replicas } = plan;
  if (load.blocked !== null)
    return {
      replicas,
      load: null,
      reason: `stay: ${load.blocked.replace(/\.$/, '')}; more processes do not help`,
    };
  const wanted = loadOf(load, plan);
  if (wanted === null) return { replicas, load: null, reason: 'stay: no measurement yet' };
  const needed = Math.max(1, Math.ceil(wanted * replicas - TOLERANCE));
  const most = load.partitions === null ? Infinity : Math.max(1, load.partitions * replicas);
  if (needed > most)
    return { replicas: most, load: wanted, reason: `${needed} wanted, but there are ${most} partitions` };
  return { replicas: needed, load: wanted, reason: reasonOf(needed, replicas) };
}

/** Hundredths of a process do not justify another one. */
const TOLERANCE = 0.02;

function loadOf(load: Load, { catchUpSeconds, utilization }: ScalePlan): number | null {
  const { capacity, arrivalRate, lag, outcomeRate } = load;
  if (capacity === null || capacity <= 0) return null;
  const room = capacity * utilization;
  // Where the broker does not report the lag, workers that are never idle are the only sign of it.
  if (lag === null) return Math.max(outcomeRate / room, load.utilization / utilization);
  return arrivalRate === null ? null : (Math.max(0, arrivalRate) + lag / catchUpSeconds) / room;
}

function reasonOf(needed: number, replicas: number): string {
  if (needed === replicas) return 'stay: the load fits';
  return needed > replicas
    ? 'grow: messages arrive or wait faster than they are processed'
    : 'shrink: fewer processes are enough';
}
