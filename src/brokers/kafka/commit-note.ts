import { OffsetRanges } from './offset-ranges';

/** Begins the metadata of a commit by a member that an operator paused. Members of older releases search for it. */
export const PAUSED = 'stream-infer paused ';
const PREFIX = 'stream-infer';
const SETTLED = 'settled1';
/** Kafka limits the metadata of a commit (`offset.metadata.max.bytes`, 4096 by default). ASCII only. */
const MOST_CHARACTERS = 4_000;
/** More do not fit: a range takes at least four characters. */
export const MOST_RANGES = MOST_CHARACTERS / 4;

/** Content of the metadata that a member of the group adds to a committed offset. */
export interface CommitNote {
  /** ms since 1970 when an operator had paused this member; undefined if it is not paused. */
  readonly pausedAt?: number | undefined;
  /** Settled offsets above the committed one, with the watermark 0. */
  readonly settled?: OffsetRanges | undefined;
}

/**
 * `stream-infer paused <ms> settled1 <committed offset>:<ranges>`, each part only when needed. The ranges next to the
 * committed offset win where not all fit. Undefined for an empty note.
 */
export function noteText(offset: number, { pausedAt, settled }: CommitNote): string | undefined {
  const mark = pausedAt === undefined ? PREFIX : `${PAUSED}${pausedAt}`;
  const head = `${mark} ${SETTLED} ${offset.toString(36)}:`;
  const ranges = settled?.toText(MOST_CHARACTERS - head.length).text ?? '';
  if (ranges !== '') return head + ranges;
  return pausedAt === undefined ? undefined : mark;
}

/**
 * Settled offsets above a committed one. Undefined without any: also for the metadata of other programs and later
 * versions, and when the offset was changed by somebody who kept the metadata.
 */
export function settledIn(offset: number, metadata: string | null | undefined): OffsetRanges | undefined {
  const words = metadata?.split(' ') ?? [];
  const text = words[0] === PREFIX ? words[words.indexOf(SETTLED) + 1] : undefined;
  const [base, ranges = ''] = text?.split(':') ?? [];
  if (base !== offset.toString(36)) return undefined;
  const settled = new OffsetRanges(0, ranges);
  return settled.end > offset && Number.isSafeInteger(settled.end) ? settled : undefined;
}
