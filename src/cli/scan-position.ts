import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/duration';
import type { ScanPosition } from '../core/scan-range';

const EXPECTED =
  'It must be a time (2026-11-20T10:00:00Z), an age (2h, 30m), an offset for every partition (1041), ' +
  'offsets by partition (0:1041,2:300), earliest or latest.';

/** Reads a position in a topic from a flag. @param now ms since 1970 */
export function scanPosition(text: string, now = Date.now()): ScanPosition {
  if (text === 'earliest') return { at: 'beginning' };
  if (text === 'latest') return { at: 'end' };
  if (/^\d+$/.test(text)) return { at: 'offset', offset: toOffset(text) };
  if (/^\d+:\d+(,\d+:\d+)*$/.test(text)) return { at: 'offsets', offsets: byPartition(text) };
  const ago = parseDuration(text);
  if (ago !== undefined) return { at: 'time', ms: now - ago };
  // A time without a zone would depend on the machine.
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const ms = isTime ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError(EXPECTED);
  return { at: 'time', ms };
}

function byPartition(text: string): Map<number, number> {
  const offsets = new Map<number, number>();
  for (const pair of text.split(',')) {
    const [partition, offset] = pair.split(':') as [string, string];
    if (offsets.has(Number(partition)))
      throw new InvalidArgumentError(`Partition ${partition} is named twice.`);
    offsets.set(Number(partition), toOffset(offset));
  }
  return offsets;
}

function toOffset(text: string): number {
  const offset = Number(text);
  if (!Number.isSafeInteger(offset)) throw new InvalidArgumentError(`${text} is not an offset.`);
  return offset;
}
