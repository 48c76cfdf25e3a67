/** How much there is to do for one process, and how much it can do. */
export interface Load {
  /** Messages a second that come in for it; null before that was measured. */
  readonly arrivalRate: number | null;
  /** Messages a second that got their outcome lately. */
  readonly outcomeRate: number;
  /** Messages that wait for it; null where the broker does not tell. */
  readonly lag: number | null;
  /** Images a second that it can do at full load, from the measured service time; null before the first batch. */
  readonly capacity: number | null;
  /** Share of its workers' time that is work, 0–1. */
  readonly utilization: number;
  /** Partitions that it reads: more readers than partitions find nothing to do. null where there are none. */
  readonly partitions: number | null;
  /** Why more processes would be of no help now, such as a broker that is away; null when they would. */
  readonly blocked: string | null;
}

export interface ScalePlan {
  /** Processes that run at present. */
  readonly replicas: number;
  /** Time in which the backlog is to be worked off, s. */
  readonly catchUpSeconds: number;
  /** Share of its capacity that a process is to be used at, 0–1. */
  readonly utilization: number;
}

export interface ScaleHint {
  /** Processes wanted in all, as far as one of them can tell: it takes the others to be as loaded as itself. */
  readonly replicas: number;
  /** Processes wanted for the share of this one; sum it over all and round up for the whole group. null: not known. */
  readonly load: number | null;
  /** As a sentence. */
  readonly reason: string;
}

export const DEFAULT_PLAN: ScalePlan = { replicas: 1, catchUpSeconds: 60, utilization: 0.8 };

/** Replicas = ⌈(arrival rate + lag / catch-up time) / (capacity × utilization) × replicas⌉, within 1 … partitions. */
export function scaleHint(load: Load, plan: ScalePlan): ScaleHint {
  const { replicas } = plan;
  if (load.blocked !== null)
    return { replicas, load: null, reason: `stay: ${load.blocked}; more processes do not help` };
  const wanted = loadOf(load, plan);
  if (wanted === null) return { replicas, load: null, reason: 'stay: nothing was measured yet' };
  const needed = Math.max(1, Math.ceil(wanted * replicas - TOLERANCE));
  const most = load.partitions === null ? Infinity : Math.max(1, load.partitions * replicas);
  if (needed > most)
    return { replicas: most, load: wanted, reason: `${needed} wanted, but there are ${most} partitions` };
  return { replicas: needed, load: wanted, reason: reasonOf(needed, replicas) };
}

/** Hundredths of a process more than wanted are no reason for another one. */
const TOLERANCE = 0.02;

function loadOf(load: Load, { catchUpSeconds, utilization }: ScalePlan): number | null {
  const { capacity, arrivalRate, lag, outcomeRate } = load;
  if (capacity === null || capacity <= 0) return null;
  const room = capacity * utilization;
  // Where the broker does not tell how much waits, workers that are never idle are the only sign of it.
  if (lag === null) return Math.max(outcomeRate / room, load.utilization / utilization);
  return arrivalRate === null ? null : (Math.max(0, arrivalRate) + lag / catchUpSeconds) / room;
}

function reasonOf(needed: number, replicas: number): string {
  if (needed === replicas) return 'stay: the load fits';
  return needed > replicas ? 'grow: more comes in or waits than is done' : 'shrink: fewer are enough';
}
