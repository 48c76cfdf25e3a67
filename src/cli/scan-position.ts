import { InvalidArgumentError } from 'commander';
import { parsePosition } from '../config/position';
import type { ScanPosition } from '../core/scan-range';

/** Reads a position in a topic from a flag. @param now ms since 1970 */
export function scanPosition(text: string, now = Date.now()): ScanPosition {
  const position = parsePosition(text, now);
  if ('problem' in position) throw new InvalidArgumentError(position.problem);
  return position;
}
