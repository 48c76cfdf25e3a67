/** The parts of librdkafka's statistics that are used here (STATISTICS.md in its sources). */
export interface Statistics {
  readonly brokers?: Readonly<Record<string, BrokerStatistics>>;
  readonly topics?: Readonly<
    Record<string, { readonly partitions: Readonly<Record<string, PartitionStatistics>> }>
  >;
  /** Messages in a producer's queues; 0 for consumers. */
  readonly msg_cnt?: number;
  readonly type?: 'producer' | 'consumer';
  /** Absent for producers and standalone readers. */
  readonly cgrp?: { readonly join_state: string };
}

export interface BrokerStatistics {
  readonly nodeid: number;
  readonly state: string;
  /** Requests that wait for an answer. */
  readonly waitresp_cnt?: number;
  /** Answers since the start. */
  readonly rx?: number;
}

export interface PartitionStatistics {
  /** none, stopping, stopped, offset-query, offset-wait, validate-epoch-wait, active. */
  readonly fetch_state: string;
  /** Messages fetched and not yet returned by the client. */
  readonly fetchq_cnt: number;
  /** The offset to fetch next, after transaction markers. Negative: unknown. */
  readonly next_offset: number;
  /** The offset after the last message or marker that left the client's queue; negative: none did. */
  readonly app_offset?: number;
  readonly committed_offset: number;
  readonly lo_offset: number;
  readonly hi_offset: number;
  /** The end for readers of committed messages: before the first open transaction. */
  readonly ls_offset?: number;
}

/** @param event the payload of `event.stats` */
export function parseStatistics(event: { message?: string }): Statistics | undefined {
  try {
    return JSON.parse(event.message ?? '') as Statistics;
  } catch {
    return undefined;
  }
}

export function hasReachableBroker({ brokers = {} }: Statistics): boolean {
  return Object.values(brokers).some(isConnected);
}

export function isConnected({ state }: BrokerStatistics): boolean {
  return state === 'UP' || state === 'UPDATE';
}

/** A producer with nothing to send needs no connection. */
export function isIdleProducer({ type, msg_cnt = 0 }: Statistics): boolean {
  return type === 'producer' && msg_cnt === 0;
}

/**
 * Messages between the next one to settle and the end; undefined if unknown.
 *
 * @param position the offset to settle next, undefined before the first settle
 */
export function lagOf(
  partition: PartitionStatistics | undefined,
  high: number | undefined,
  position: number | undefined,
  unsettled: number,
): number | undefined {
  const end = high ?? known(partition?.hi_offset);
  if (end === undefined) return undefined;
  // Transaction markers have offsets but are not messages: at the end, the position alone would always report 1.
  if (unsettled === 0 && hasReadTo(end, partition) && (position !== undefined || hasTakenTo(end, partition)))
    return 0;
  const from = position ?? known(partition?.committed_offset) ?? known(partition?.lo_offset);
  return from === undefined ? undefined : Math.max(0, end - from);
}

/** Everything before `end` was fetched, and returned if it was a message. */
function hasReadTo(end: number, partition: PartitionStatistics | undefined): boolean {
  return partition?.fetchq_cnt === 0 && partition.next_offset >= end;
}

/**
 * After a restart, before the first settle: the offsets taken were markers only, or messages of aborted transactions.
 */
function hasTakenTo(end: number, partition: PartitionStatistics | undefined): boolean {
  return partition?.fetch_state === 'active' && (partition.app_offset ?? -1) >= end;
}

function known(offset: number | undefined): number | undefined {
  return offset === undefined || offset < 0 ? undefined : offset;
}
