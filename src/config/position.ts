import type { ScanPosition, SnapshotPosition } from '../core/scan-range';
import { parseDuration } from './duration';

export const POSITION_FORMS =
  'a time (2026-11-20T10:00:00Z), an age (2h, 30m), an offset for every partition (1041), ' +
  'offsets by partition (0:1041,2:300), earliest or latest';

const SNAPSHOT = /^snapshot:(\S{1,255})$/;

/** As `parsePosition`, and also `snapshot:<name>` of Pub/Sub. */
export function parseStart(
  text: string,
  now: number,
): ScanPosition | SnapshotPosition | { readonly problem: string } {
  const snapshot = SNAPSHOT.exec(text)?.[1];
  if (snapshot !== undefined) return { at: 'snapshot', name: snapshot };
  return parsePosition(text, now);
}

/** Reads a position in a topic, or returns why the text is not one. @param now ms since 1970 */
export function parsePosition(text: string, now: number): ScanPosition | { readonly problem: string } {
  if (text === 'earliest') return { at: 'beginning' };
  if (text === 'latest') return { at: 'end' };
  if (/^\d+$/.test(text)) return withOffset(text, (offset) => ({ at: 'offset', offset }));
  if (/^\d+:\d+(,\d+:\d+)*$/.test(text)) return byPartition(text);
  const ago = parseDuration(text);
  if (ago !== undefined) return { at: 'time', ms: now - ago };
  // A time without a zone would depend on the machine.
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const ms = isTime ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? { problem: `It must be ${POSITION_FORMS}.` } : { at: 'time', ms };
}

function byPartition(text: string): ScanPosition | { readonly problem: string } {
  const offsets = new Map<number, number>();
  for (const pair of text.split(',')) {
    const [partition, offset] = pair.split(':') as [string, string];
    if (offsets.has(Number(partition))) return { problem: `Partition ${partition} is named twice.` };
    const read = withOffset(offset, (value) => ({ at: 'offset', offset: value }));
    if ('problem' in read) return read;
    offsets.set(Number(partition), Number(offset));
  }
  return { at: 'offsets', offsets };
}

function withOffset(
  text: string,
  use: (offset: number) => ScanPosition,
): ScanPosition | { readonly problem: string } {
  const offset = Number(text);
  return Number.isSafeInteger(offset) ? use(offset) : { problem: `${text} is not an offset.` };
}
