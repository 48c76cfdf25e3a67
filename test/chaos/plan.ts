/** The plan of one chaos run, derived from its seed: the setup and the schedule of faults. */
import { random } from '../faults/random';
import { MEMBERS, isOutage, lengthOf, type Fault, type FaultKind, type MemberName } from './fault';

export const MODES = ['exactly-once', 'at-least-once'] as const;
export type Mode = (typeof MODES)[number];

export interface Step {
  /** Since the first message, ms. */
  readonly at: number;
  readonly fault: Fault;
}

export interface Plan {
  readonly seed: number;
  readonly mode: Mode;
  readonly theme: Theme;
  readonly partitions: number;
  /** Messages a second. */
  readonly rate: number;
  /** Members that run from the start. */
  readonly members: readonly MemberName[];
  /** Members that reach the broker through the proxy. */
  readonly proxied: readonly MemberName[];
  readonly socketTimeoutMs: number;
  readonly steps: readonly Step[];
}

/** The client's own, ms. */
export const DEFAULT_SOCKET_TIMEOUT = 30_000;

type Next = () => number;
type Weights = Readonly<Partial<Record<FaultKind, number>>>;

const EVERYTHING: Weights = {
  freeze: 2,
  'freeze twice': 1,
  'broker ends': 2,
  kill: 2,
  restart: 2,
  join: 1,
  leave: 1,
  'kill while another joins': 2,
  resets: 1,
  'black hole': 1,
  'half-open': 1,
};
/** Most likely faults by theme. `once`: a fault that happens exactly once, as the second one. */
const THEMES = {
  mixed: { weights: EVERYTHING },
  freezes: { weights: { freeze: 3, 'freeze twice': 3, kill: 1, restart: 1, join: 1 } },
  members: { weights: { kill: 3, restart: 2, join: 2, leave: 2, 'kill while another joins': 4 } },
  broker: { weights: { 'broker ends': 3, freeze: 1, kill: 1, restart: 1, join: 1 } },
  network: { weights: { resets: 3, 'black hole': 3, 'half-open': 2, kill: 1, restart: 1 } },
  recreation: { weights: { kill: 2, restart: 2, join: 2, leave: 1 }, once: 'recreate topic' },
  partitions: { weights: { freeze: 1, kill: 2, restart: 1, join: 2, leave: 1 }, once: 'add partitions' },
} as const satisfies Record<string, { weights: Weights; once?: FaultKind }>;
export type Theme = keyof typeof THEMES;

/** An odd length, so that every theme meets both modes when they alternate. */
const CYCLE: readonly Theme[] = [
  'mixed',
  'freezes',
  'members',
  'recreation',
  'network',
  'freezes',
  'members',
  'mixed',
  'partitions',
  'broker',
  'recreation',
];

/** No fault starts after this time, ms; a started one may last longer. */
const LAST_START = 24_000;
/** The broker's and the network's faults together, ms: keeps a run near a minute. */
const MOST_OUTAGE = 62_000;
const MOST_STEPS = 8;
/** Probability that a fault starts before the previous one is over. */
const OVERLAP = 0.35;
const ALIVE_BETWEEN_FREEZES = 1_500;

/** The same seed gives the same plan. `mode` both: exactly-once for odd seeds. */
export function planOf(seed: number, mode: Mode | 'both'): Plan {
  const next = random(seed);
  const theme = CYCLE[seed % CYCLE.length] ?? 'mixed';
  const count = 1 + Math.floor(next() * (theme === 'members' ? 2 : MEMBERS.length));
  const proxyShare = theme === 'network' ? 0.8 : 0.3;
  const behindProxy = MEMBERS.filter(() => next() < proxyShare);
  const head = {
    seed,
    mode: mode === 'both' ? (seed % 2 === 1 ? MODES[0] : MODES[1]) : mode,
    theme,
    partitions: 3 + Math.floor(next() * 2),
    rate: Math.round(150 + next() * 150),
    members: MEMBERS.slice(0, count),
    proxied: theme === 'network' && behindProxy.length === 0 ? ['a' as const] : behindProxy,
    // The client's default is what most people run; the shorter one brings more reconnections into a short run.
    socketTimeoutMs: next() < 0.5 ? DEFAULT_SOCKET_TIMEOUT : 10_000,
  };
  return { ...head, steps: new Draw(next, theme, head.members).steps() };
}

/** Draws one fault after the other and remembers which members run by then. */
class Draw {
  readonly #present: Set<MemberName>;
  #outageLeft = MOST_OUTAGE;
  /** End of the last drawn outage. */
  #outageEnd = 0;

  constructor(
    private readonly next: Next,
    private readonly theme: Theme,
    members: readonly MemberName[],
  ) {
    this.#present = new Set(members);
  }

  steps(): Step[] {
    const steps: Step[] = [];
    const { weights, once }: { weights: Weights; once?: FaultKind } = THEMES[this.theme];
    let at = this.#between(3_000, 6_000);
    while (at < LAST_START && steps.length < MOST_STEPS) {
      const kind = once !== undefined && steps.length === 1 ? once : this.#pick(weights);
      const fault = this.#fault(kind);
      const start = isOutage(fault) ? Math.max(at, this.#outageEnd + 500) : at;
      const length = lengthOf(fault);
      if (isOutage(fault)) {
        this.#outageLeft -= length;
        this.#outageEnd = start + length;
      }
      steps.push({ at: Math.round(start), fault });
      const overlaps = this.next() < OVERLAP;
      at = start + (overlaps ? this.next() * length : length) + this.#between(500, 6_000);
    }
    return steps;
  }

  #fault(kind: FaultKind): Fault {
    const { next } = this;
    switch (kind) {
      case 'freeze':
        return { kind, ms: this.#outage(1_000, 60_000) };
      case 'freeze twice': {
        const ms = this.#outage(8_000, 35_000);
        const againMs = Math.max(5_000, Math.min(this.#outageLeft - ms, this.#between(8_000, 30_000)));
        return { kind, ms, aliveMs: ALIVE_BETWEEN_FREEZES, againMs: Math.round(againMs) };
      }
      case 'broker ends':
        return { kind, signal: next() < 0.7 ? 'SIGKILL' : 'SIGTERM', awayMs: this.#outage(0, 12_000) };
      case 'resets':
        return { kind, times: 1 + Math.floor(next() * 12) };
      case 'black hole':
      case 'half-open':
        return { kind, ms: this.#outage(1_000, 30_000) };
      case 'recreate topic':
        return { kind, gapMs: next() < 0.5 ? 0 : Math.round(this.#between(500, 15_000)) };
      case 'add partitions':
        return { kind, count: 1 + Math.floor(next() * 2) };
      default:
        return this.#memberFault(kind);
    }
  }

  /** Replaces impossible faults: a kill if no member can join, a restart instead of the last member leaving. */
  #memberFault(kind: FaultKind): Fault {
    const absent = MEMBERS.filter((name) => !this.#present.has(name));
    const member = this.#oneOf([...this.#present]);
    const joining = absent[0];
    // Half of them are back at once; the others may be away for longer than their session.
    const awayMs = Math.round(this.next() < 0.5 ? this.next() * 300 : this.next() * 9_000);
    if (kind === 'join' && joining !== undefined) {
      this.#present.add(joining);
      return { kind, member: joining };
    }
    if (kind === 'kill while another joins' && joining !== undefined) {
      this.#present.add(joining);
      const moment = this.next() < 0.3 ? 'join' : 'assignment';
      // Partitions are given back within milliseconds of the assignment.
      const most = moment === 'join' ? 1_500 : 25;
      return { kind, joining, member, moment, afterMs: Math.floor(this.next() ** 2 * most), awayMs };
    }
    if (kind === 'leave' && this.#present.size > 1) {
      this.#present.delete(member);
      return { kind, member };
    }
    const ends = kind === 'leave' || kind === 'restart' ? 'restart' : 'kill';
    return { kind: ends, member, awayMs };
  }

  /** Short outages are more likely, and their sum stays within the budget. */
  #outage(least: number, most: number): number {
    const drawn = least + (most - least) * this.next() ** 1.7;
    return Math.round(Math.max(least, Math.min(drawn, this.#outageLeft)));
  }

  #pick(weights: Weights): FaultKind {
    const entries = Object.entries(weights) as [FaultKind, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [kind, weight] of entries) {
      left -= weight;
      if (left < 0) return kind;
    }
    return 'kill';
  }

  #oneOf(names: readonly MemberName[]): MemberName {
    return names[Math.floor(this.next() * names.length)] ?? MEMBERS[0];
  }

  #between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }
}
