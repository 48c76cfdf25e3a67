import { predictionId } from '../core/prediction-id';
import type { DeadLetter } from '../core/dead-letter';
import { headerText, type Header, type OutgoingMessage } from '../core/message';
import { REDRIVE_COUNT } from './dead-letter-headers';
import { decodeEnvelopeId } from './decode-envelope';
import { detectFormat } from './detect-format';

/**
 * The original of a dead letter for a redrive, with the redrive count increased. It carries the id of its first
 * prediction, since the new message has another source id.
 */
export function encodeRedriven(letter: DeadLetter): OutgoingMessage {
  const { original, sourceId, redriveCount } = letter;
  const { key, value, headers } = original;
  // Our own first: Pub/Sub allows a hundred attributes, and later ones are dropped.
  const own: Header[] = [[REDRIVE_COUNT, String(redriveCount + 1)]];
  const id = idOfOriginal(letter);
  if (id === sourceId && headerText(headers, 'id') !== sourceId) own.push(['id', sourceId]);
  return { key, value, headers: [...own, ...headers] };
}

/** Equal for each dead letter of one input, after any number of redrives. */
export function idOfOriginal({ original: { value, headers }, sourceId }: DeadLetter): string {
  return predictionId({ headers, sourceId }, envelopeId(value, headers));
}

/** A header would override the id inside the message, which is for a model of any size. */
function envelopeId(value: Buffer | null, headers: readonly Header[]): string | undefined {
  if (value === null) return undefined;
  const format = detectFormat(value, headerText(headers, 'content-type'));
  if (format !== 'json' && format !== 'cloudevent') return undefined;
  try {
    return decodeEnvelopeId(value);
  } catch {
    // It will be refused for the same reason again, and the dead letter then contains the source id.
    return undefined;
  }
}
