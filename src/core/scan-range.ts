import { StreamInferError } from './errors';

/** A position in a topic. */
export type ScanPosition =
  | { readonly at: 'beginning' }
  /** After the last message at the time when the scan is opened. */
  | { readonly at: 'end' }
  /** The first message of that time or later, in every partition; ms since 1970, by the messages' own timestamps. */
  | { readonly at: 'time'; readonly ms: number }
  /** The same offset in every partition. */
  | { readonly at: 'offset'; readonly offset: number }
  /** By partition; partitions that are not named are not read. */
  | { readonly at: 'offsets'; readonly offsets: ReadonlyMap<number, number> };

/** The messages that were unacknowledged when a snapshot of a Pub/Sub subscription was taken, and later ones. */
export interface SnapshotPosition {
  readonly at: 'snapshot';
  readonly name: string;
}

/** A part of a topic, like a slice: `from` is included, `to` is not. */
export interface ScanRange {
  readonly from: ScanPosition | SnapshotPosition;
  readonly to: ScanPosition;
  /** A range without any message is an error unless this is set: it is most likely a typing error. */
  readonly mayBeEmpty?: boolean;
}

/** Offsets in a partition, from `low` (included) to `high` (not included). */
export interface HeldOffsets {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Offsets of a partition that a scan reads: from `from` (included) to `to` (not included), within the existing ones.
 */
export interface ScanBounds extends HeldOffsets {
  readonly from: number;
  readonly to: number;
  /** Messages that its memory knew when it was opened: they are skipped. */
  readonly known: number;
}

/**
 * The offset of a position in one partition; undefined if the partition is not read. `atTime` contains the offsets of
 * a time. Throws USAGE for a snapshot.
 */
export function offsetOf(
  position: ScanPosition | SnapshotPosition,
  { partition, low, high }: HeldOffsets,
  atTime: (ms: number) => number,
): number | undefined {
  switch (position.at) {
    case 'beginning':
      return low;
    case 'end':
      return high;
    case 'time':
      return atTime(position.ms);
    case 'offset':
      return position.offset;
    case 'offsets':
      return position.offsets.get(partition);
    case 'snapshot':
      throw new StreamInferError('USAGE', 'only Pub/Sub has snapshots; choose a time, an age or an offset');
  }
}

/** The part of a range that exists in a partition; undefined if it is not read. */
export function boundsWithin(
  range: ScanRange,
  held: HeldOffsets,
  atTime: (ms: number) => number,
): Omit<ScanBounds, 'known'> | undefined {
  const from = offsetOf(range.from, held, atTime);
  const to = offsetOf(range.to, held, atTime);
  if (from === undefined || to === undefined) return undefined;
  const start = Math.max(from, held.low);
  return { ...held, from: start, to: Math.max(start, Math.min(to, held.high)) };
}

/**
 * Throws USAGE for a range with an unknown partition, or without a message where one is expected. `held` covers all
 * partitions of the topic.
 */
export function assertReadable(
  topic: string,
  range: ScanRange,
  held: readonly HeldOffsets[],
  bounds: readonly Pick<ScanBounds, 'from' | 'to'>[],
): void {
  const known = new Set(held.map(({ partition }) => partition));
  const named = [range.from, range.to].flatMap((one) =>
    one.at === 'offsets' ? [...one.offsets.keys()] : [],
  );
  const strange = named.find((partition) => !known.has(partition));
  if (strange !== undefined)
    throw new StreamInferError(
      'USAGE',
      `the topic ${topic} has no partition ${strange}; ${describeHeld(held)}`,
    );
  if (range.mayBeEmpty || bounds.some(({ from, to }) => to > from)) return;
  throw new StreamInferError(
    'USAGE',
    `${topic} contains no message from ${describePosition(range.from)} to ${describePosition(range.to)} (not included); ` +
      describeHeld(held),
  );
}

/** In a form that the user can type again. */
export function describePosition(position: ScanPosition | SnapshotPosition): string {
  switch (position.at) {
    case 'beginning':
      return 'earliest';
    case 'end':
      return 'latest';
    case 'time':
      return new Date(position.ms).toISOString();
    case 'offset':
      return String(position.offset);
    case 'offsets':
      return [...position.offsets].map(([partition, offset]) => `${partition}:${offset}`).join(',');
    case 'snapshot':
      return `snapshot:${position.name}`;
  }
}

function describeHeld(held: readonly HeldOffsets[]): string {
  if (held.every(({ low, high }) => low >= high)) return 'the topic is empty';
  const parts = held.map(({ partition, low, high }) =>
    high > low ? `partition ${partition} from ${low} to ${high}` : `partition ${partition} is empty`,
  );
  return `the topic contains: ${parts.join(', ')} (not included)`;
}
