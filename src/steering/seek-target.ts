import { parseStart, POSITION_FORMS } from '../config/position';
import { StreamInferError } from '../core/errors';
import type { SeekTarget } from '../core/seek';

/** Throws BAD_REQUEST for a text that is not a position, and for a time in the future. */
export function readTarget(text: string, now = Date.now()): SeekTarget {
  const position = parseStart(text, now);
  if ('problem' in position)
    throw new StreamInferError(
      'BAD_REQUEST',
      `${JSON.stringify(text)} is not a position; use ${POSITION_FORMS}, or snapshot:<name> on Pub/Sub`,
    );
  if (position.at === 'time' && position.ms > now)
    throw new StreamInferError('BAD_REQUEST', `${text} is in the future; use latest to skip all messages`);
  return position;
}
