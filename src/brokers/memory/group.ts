import type { Delivery } from '../../core/message';
import { OffsetTracker } from '../offset-tracker';
import type { PartitionLag, SourceOptions } from '../../core/ports';
import { offsetOf, type ScanPosition } from '../../core/scan-range';
import type { SeekMove } from '../../core/seek';
import { toDelivery } from './convert';
import type { PartitionLog, StoredMessage } from './partition-log';
import type { Reader } from './reader';

/** The part of a topic that a group uses. */
export interface GroupTopic {
  readonly name: string;
  readonly partitions: readonly PartitionLog[];
  /** Wakes the readers. */
  announce(): void;
  /** Wakes publishers that wait for room. */
  announceRoom(): void;
}

/** Largest number of unsettled messages and bytes of a member. */
export interface InFlightLimits {
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
}

/**
 * Readers that share a topic. Each partition belongs to one member. When members join or leave, the partitions are
 * reassigned. A member keeps its deliveries until they are settled, their time-out expires or the member leaves: so a
 * joining member causes no duplicates.
 */
export class ConsumerGroup {
  readonly partitions: readonly GroupPartition[];
  #members: GroupMember[] = [];

  constructor(
    readonly topic: GroupTopic,
    from: SourceOptions['from'],
    readonly redeliverAfterMs: number,
  ) {
    this.partitions = topic.partitions.map((log, i) => new GroupPartition(this, i, log, from));
  }

  join(limits: InFlightLimits): GroupMember {
    const member = new GroupMember(this, limits);
    this.#members.push(member);
    this.#deal();
    return member;
  }

  leave(member: GroupMember): void {
    this.#members = this.#members.filter((other) => other !== member);
    for (const partition of this.partitions) partition.giveBack(member);
    this.#deal();
  }

  /** Whether that message is unsettled. */
  needs(partition: number, offset: number): boolean {
    return (this.partitions[partition]?.watermark ?? 0) <= offset;
  }

  #deal(): void {
    const count = this.#members.length;
    this.#members.forEach((member, m) => {
      member.owned = this.partitions.filter((_, partition) => partition % count === m);
    });
    this.topic.announce();
  }
}

/** One reader of a group. */
export class GroupMember implements Reader {
  owned: readonly GroupPartition[] = [];
  #inFlight = 0;
  #bytesInFlight = 0;
  #turn = 0;

  constructor(
    private readonly group: ConsumerGroup,
    private readonly limits: InFlightLimits,
  ) {}

  /** Starts at another partition each time, so that a busy one does not starve the others. */
  take(max: number): Delivery[] {
    const now = performance.now();
    const deliveries: Delivery[] = [];
    this.#turn++;
    for (let i = 0; i < this.owned.length && deliveries.length < max; i++) {
      this.owned[(this.#turn + i) % this.owned.length]?.takeInto(deliveries, max, this, now);
    }
    return deliveries;
  }

  /** A message above the byte limit passes while nothing else is in flight, or it would never be delivered. */
  hasRoomFor(bytes: number): boolean {
    if (this.#inFlight === 0) return true;
    return (
      this.#inFlight < this.limits.maxInFlight && this.#bytesInFlight + bytes <= this.limits.maxInFlightBytes
    );
  }

  hold(bytes: number): void {
    this.#inFlight++;
    this.#bytesInFlight += bytes;
  }

  release(bytes: number): void {
    this.#inFlight--;
    this.#bytesInFlight -= bytes;
  }

  settle(delivery: Delivery): void {
    const { partition, offset } = delivery.origin;
    this.group.partitions[partition ?? -1]?.settle(Number(offset));
  }

  isCurrent({ origin: { partition, offset }, attempt }: Delivery): boolean {
    return this.group.partitions[partition ?? -1]?.isHeldBy(this, Number(offset), attempt) ?? false;
  }

  lag(): PartitionLag[] {
    return this.owned.map((partition) => partition.lag());
  }

  /** Moves the position of its partitions. */
  seek(position: ScanPosition): SeekMove[] {
    const moves = this.owned.flatMap((partition) => partition.seek(position) ?? []);
    this.group.topic.announce();
    return moves;
  }

  leave(): void {
    this.group.leave(this);
  }
}

/** A delivery that a member holds. */
interface Flight {
  readonly member: GroupMember;
  readonly bytes: number;
  readonly attempt: number;
  /** `performance.now()` */
  readonly since: number;
}

/** Progress of a group in one partition. */
class GroupPartition {
  #tracker: OffsetTracker;
  /** The next offset to be delivered for the first time. */
  #next: number;
  /** In order of delivery, so the oldest is first. */
  readonly #flights = new Map<number, Flight>();
  /** To be redelivered, with the number of the attempt. */
  readonly #again = new Map<number, number>();

  constructor(
    private readonly group: ConsumerGroup,
    private readonly partition: number,
    private readonly log: PartitionLog,
    from: SourceOptions['from'],
  ) {
    this.#next = from === 'earliest' ? log.start : log.end;
    this.#tracker = new OffsetTracker(this.#next);
  }

  get watermark(): number {
    return this.#tracker.watermark;
  }

  takeInto(deliveries: Delivery[], max: number, member: GroupMember, now: number): void {
    this.#takeBackOverdue(now);
    for (const [offset, attempt] of this.#again) {
      if (deliveries.length >= max || !this.#deliver(deliveries, offset, attempt, member, now)) return;
      this.#again.delete(offset);
    }
    while (deliveries.length < max && this.#deliver(deliveries, this.#next, 1, member, now)) {
      this.#tracker.track(this.#next++);
    }
  }

  /** Also settles messages that are due for redelivery or held by another member: an outcome exists. */
  settle(offset: number): void {
    if (!(offset < this.#next) || this.#tracker.isSettled(offset)) return;
    const flight = this.#flights.get(offset);
    if (flight !== undefined) this.#land(offset, flight);
    else this.#again.delete(offset);
    const before = this.#tracker.watermark;
    if (this.#tracker.settle(offset) > before) this.group.topic.announceRoom();
  }

  /** Whether this member holds that delivery, and its time-out has not expired. */
  isHeldBy(member: GroupMember, offset: number, attempt: number): boolean {
    const flight = this.#flights.get(offset);
    if (flight?.member !== member || flight.attempt !== attempt) return false;
    return performance.now() - flight.since < this.group.redeliverAfterMs;
  }

  giveBack(member: GroupMember): void {
    for (const [offset, flight] of this.#flights) {
      if (flight.member === member) this.#takeBack(offset, flight);
    }
  }

  lag(): PartitionLag {
    return {
      topic: this.group.topic.name,
      partition: this.partition,
      messages: this.log.end - this.#tracker.watermark,
    };
  }

  /** Its deliveries are obsolete. undefined if the position does not concern it. */
  seek(position: ScanPosition): SeekMove | undefined {
    const { start: low, end: high } = this.log;
    const held = { partition: this.partition, low, high };
    const to = offsetOf(position, held, (ms) => this.log.offsetAt(ms));
    if (to === undefined) return undefined;
    const from = this.#tracker.watermark;
    for (const [offset, flight] of this.#flights) this.#land(offset, flight);
    this.#again.clear();
    this.#next = Math.min(high, Math.max(low, to));
    this.#tracker = new OffsetTracker(this.#next);
    return { topic: this.group.topic.name, partition: this.partition, from, to: this.#next };
  }

  #takeBackOverdue(now: number): void {
    for (const [offset, flight] of this.#flights) {
      if (now - flight.since < this.group.redeliverAfterMs) return;
      this.#takeBack(offset, flight);
    }
  }

  #takeBack(offset: number, flight: Flight): void {
    this.#land(offset, flight);
    this.#again.set(offset, flight.attempt + 1);
  }

  #land(offset: number, flight: Flight): void {
    this.#flights.delete(offset);
    flight.member.release(flight.bytes);
  }

  #deliver(into: Delivery[], offset: number, attempt: number, member: GroupMember, now: number): boolean {
    const message: StoredMessage | undefined = this.log.at(offset);
    if (message === undefined || !member.hasRoomFor(message.bytes)) return false;
    member.hold(message.bytes);
    this.#flights.set(offset, { member, bytes: message.bytes, attempt, since: now });
    into.push(toDelivery(this.group.topic.name, this.partition, offset, message, attempt, now));
    return true;
  }
}
