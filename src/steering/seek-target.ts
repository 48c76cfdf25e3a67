import { parsePosition, POSITION_FORMS } from '../config/position';
import { StreamInferError } from '../core/errors';
import type { SeekTarget } from '../core/seek';

const SNAPSHOT = /^snapshot:(\S{1,255})$/;

/** Throws BAD_REQUEST for a text that is not a position, and for a time in the future. */
export function readTarget(text: string, now = Date.now()): SeekTarget {
  const snapshot = SNAPSHOT.exec(text)?.[1];
  if (snapshot !== undefined) return { at: 'snapshot', name: snapshot };
  const position = parsePosition(text, now);
  if ('problem' in position)
    throw new StreamInferError(
      'BAD_REQUEST',
      `${JSON.stringify(text)} is not a position; use ${POSITION_FORMS}, or snapshot:<name> on Pub/Sub`,
    );
  if (position.at === 'time' && position.ms > now)
    throw new StreamInferError('BAD_REQUEST', `${text} is in the future; use latest to skip all messages`);
  return position;
}
