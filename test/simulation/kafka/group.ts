import type { VirtualTime } from '../virtual-time';

/** One client's membership, as the broker sees it. */
export interface Member {
  readonly id: number;
  readonly instance: string | undefined;
  readonly sessionMs: number;
  lastSeen: number;
  generation: number;
  owned: Set<number>;
  target: Set<number>;
}

export type Heartbeat = 'steady' | 'rebalance' | 'unknown member' | 'fenced';

/** The answer to a member that joins, or has returned partitions. */
export interface Assignment {
  readonly generation: number;
  readonly granted: readonly number[];
}

/**
 * A consumer group with cooperative rebalances and static members. A partition changes hands when its owner has
 * returned it, or was expelled; between the two nobody has it.
 */
export class Group {
  readonly committed = new Map<number, number>();
  /** Of the last commit of a partition. */
  readonly metadata = new Map<number, string>();
  #members = new Map<number, Member>();
  /** Members that a newer one with their instance id has replaced. */
  readonly #fenced = new Set<number>();
  #generation = 0;
  #ids = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly partitions: number,
    /** Sees each committed position. */
    private readonly onCommit: (partition: number, from: number, to: number) => void,
  ) {}

  /** A static member gets the partitions of its predecessor at once, and fences it. */
  join(instance: string | undefined, sessionMs: number): Member {
    const member: Member = {
      id: this.#ids++,
      instance,
      sessionMs,
      lastSeen: this.time.now,
      generation: 0,
      owned: new Set(),
      target: new Set(),
    };
    const before = [...this.#members.values()].find(
      (one) => instance !== undefined && one.instance === instance,
    );
    if (before !== undefined) {
      this.#members.delete(before.id);
      this.#fenced.add(before.id);
      member.target = before.target;
    }
    this.#members.set(member.id, member);
    if (before === undefined) this.#retarget();
    // What the predecessor had not returned yet is free now, and the others have to learn it.
    else if (this.toReturn(before).length > 0) this.#generation++;
    return member;
  }

  heartbeat(member: Member): Heartbeat {
    if (this.#fenced.has(member.id)) return 'fenced';
    if (!this.#members.has(member.id)) return 'unknown member';
    member.lastSeen = this.time.now;
    return member.generation === this.#generation ? 'steady' : 'rebalance';
  }

  /** Partitions that the member has to return. */
  toReturn(member: Member): number[] {
    return [...member.owned].filter((partition) => !member.target.has(partition));
  }

  /** The member owns these, and gets the free ones among its targets. */
  sync(member: Member, owned: readonly number[]): Assignment | undefined {
    if (!this.#members.has(member.id)) return undefined;
    const hasReturned = owned.length < member.owned.size;
    member.owned = new Set(owned);
    const others = [...this.#members.values()].filter((one) => one !== member);
    const granted = [...member.target].filter(
      (partition) => !member.owned.has(partition) && !others.some((one) => one.owned.has(partition)),
    );
    for (const partition of granted) member.owned.add(partition);
    // The others learn that partitions are free.
    if (hasReturned) this.#generation++;
    member.generation = this.#generation;
    return { generation: this.#generation, granted };
  }

  leave(member: Member): void {
    if (this.#members.delete(member.id)) this.#retarget();
  }

  /** Expels the members whose sessions are over. */
  expire(): void {
    const late = [...this.#members.values()].filter(
      ({ lastSeen, sessionMs }) => lastSeen + sessionMs < this.time.now,
    );
    for (const { id } of late) this.#members.delete(id);
    if (late.length > 0) this.#retarget();
  }

  /** As in Kafka, a member of the present generation may commit any partition. Returns whether it may. */
  accepts(member: Member, generation: number): boolean {
    return this.#members.has(member.id) && member.generation === generation;
  }

  commit(offsets: ReadonlyMap<number, number>, metadata: ReadonlyMap<number, string> = new Map()): void {
    for (const [partition, offset] of offsets) {
      const before = this.committed.get(partition) ?? 0;
      this.committed.set(partition, offset);
      this.metadata.set(partition, metadata.get(partition) ?? '');
      this.onCommit(partition, before, offset);
    }
  }

  #retarget(): void {
    this.#generation++;
    const members = [...this.#members.values()];
    const most = Math.ceil(this.partitions / Math.max(1, members.length));
    const free = new Set(Array.from({ length: this.partitions }, (_, partition) => partition));
    // Sticky: each member keeps what it has, up to its share.
    for (const member of members) {
      member.target = new Set([...member.owned].filter((partition) => free.has(partition)).slice(0, most));
      for (const partition of member.target) free.delete(partition);
    }
    for (const partition of free) {
      const least = members.reduce<Member | undefined>(
        (a, b) => (a === undefined || b.target.size < a.target.size ? b : a),
        undefined,
      );
      least?.target.add(partition);
    }
  }
}
