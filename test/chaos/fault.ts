/** The faults of broker, network, members and topics, and their descriptions. */
/** Possible members of the group; the first of them run from the start. */
export const MEMBERS = ['a', 'b', 'c'] as const;
export type MemberName = (typeof MEMBERS)[number];

/** Times are in ms. `awayMs` lies between the end of a process and the start of its successor. */
export type Fault =
  | { readonly kind: 'freeze'; readonly ms: number }
  | { readonly kind: 'freeze twice'; readonly ms: number; readonly aliveMs: number; readonly againMs: number }
  | { readonly kind: 'broker ends'; readonly signal: 'SIGKILL' | 'SIGTERM'; readonly awayMs: number }
  | { readonly kind: 'kill'; readonly member: MemberName; readonly awayMs: number }
  | { readonly kind: 'restart'; readonly member: MemberName; readonly awayMs: number }
  | { readonly kind: 'join'; readonly member: MemberName }
  | { readonly kind: 'leave'; readonly member: MemberName }
  /**
   * `joining` joins the group; `member` is killed `afterMs` after it came (or after the first assignment that follows, while
   * partitions are given back), and starts again.
   */
  | {
      readonly kind: 'kill while another joins';
      readonly joining: MemberName;
      readonly member: MemberName;
      readonly moment: 'join' | 'assignment';
      readonly afterMs: number;
      readonly awayMs: number;
    }
  | { readonly kind: 'resets'; readonly times: number }
  | { readonly kind: 'black hole'; readonly ms: number }
  | { readonly kind: 'half-open'; readonly ms: number }
  | { readonly kind: 'recreate topic'; readonly gapMs: number }
  | { readonly kind: 'add partitions'; readonly count: number };
export type FaultKind = Fault['kind'];

/** Duration of a fault, ms. */
export function lengthOf(fault: Fault): number {
  switch (fault.kind) {
    case 'freeze':
    case 'black hole':
    case 'half-open':
      return fault.ms;
    case 'freeze twice':
      return fault.ms + fault.aliveMs + fault.againMs;
    case 'broker ends':
    case 'kill':
    case 'restart':
      return fault.awayMs;
    case 'kill while another joins':
      return fault.afterMs + fault.awayMs;
    case 'recreate topic':
      return fault.gapMs;
    case 'resets':
      return fault.times * RESET_EVERY;
    default:
      return 0;
  }
}

/** Between two resets of a series, ms. */
export const RESET_EVERY = 300;

/** A process of the program gets SIGKILL. */
export function isKill({ kind }: Fault): boolean {
  return kind === 'kill' || kind === 'kill while another joins';
}

/** Faults of broker and network, one at a time. */
export function isOutage({ kind }: Fault): boolean {
  return OUTAGES.has(kind);
}

const OUTAGES: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'freeze',
  'freeze twice',
  'broker ends',
  'resets',
  'black hole',
  'half-open',
  'recreate topic',
  'add partitions',
]);

/** A short description with seconds and member. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'freeze':
    case 'black hole':
    case 'half-open':
      return `${fault.kind} ${seconds(fault.ms)}`;
    case 'freeze twice':
      return `freeze ${seconds(fault.ms)}, alive ${seconds(fault.aliveMs)}, freeze ${seconds(fault.againMs)}`;
    case 'broker ends':
      return `broker ${fault.signal} ${seconds(fault.awayMs)}`;
    case 'kill':
    case 'restart':
      return `${fault.kind} ${fault.member} ${seconds(fault.awayMs)}`;
    case 'join':
    case 'leave':
      return `${fault.member} ${fault.kind === 'join' ? 'joins' : 'leaves'}`;
    case 'kill while another joins':
      return `${fault.joining} joins, kill ${fault.member} ${fault.afterMs} ms after the ${fault.moment}`;
    case 'resets':
      return `${fault.times} resets`;
    case 'recreate topic':
      return `topic recreated after ${seconds(fault.gapMs)}`;
    case 'add partitions':
      return `${fault.count} partitions added`;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
