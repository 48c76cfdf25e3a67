import { InvalidArgumentError } from 'commander';
import { parsePosition, parseStart } from '../config/position';
import type { ScanPosition, ScanRange } from '../core/scan-range';

/** Reads a position in a topic from a flag. @param now ms since 1970 */
export function scanPosition(text: string, now = Date.now()): ScanPosition {
  const position = parsePosition(text, now);
  if ('problem' in position) throw new InvalidArgumentError(position.problem);
  return position;
}

/** Reads the start of a range from a flag: a position, or a snapshot of Pub/Sub. @param now ms since 1970 */
export function scanStart(text: string, now = Date.now()): ScanRange['from'] {
  const position = parseStart(text, now);
  if ('problem' in position) throw new InvalidArgumentError(position.problem);
  return position;
}
