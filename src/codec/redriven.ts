import { predictionId } from '../core/prediction-id';
import type { DeadLetter } from '../core/dead-letter';
import { headerText, type Header, type OutgoingMessage } from '../core/message';
import { REDRIVE_COUNT } from './dead-letter-headers';
import { decodeEnvelope } from './decode-envelope';
import { detectFormat } from './detect-format';

/**
 * The original of a dead letter, to be published again: with one more redrive counted, and with the id that its
 * prediction would have had the first time, since the new message has another source id.
 */
export function encodeRedriven(letter: DeadLetter): OutgoingMessage {
  const { original, sourceId, redriveCount } = letter;
  const { key, value, headers } = original;
  // Ours first: Pub/Sub carries a hundred attributes, and what comes after them is cut off.
  const own: Header[] = [[REDRIVE_COUNT, String(redriveCount + 1)]];
  const id = idOfOriginal(letter);
  if (id === sourceId && headerText(headers, 'id') !== sourceId) own.push(['id', sourceId]);
  return { key, value, headers: [...own, ...headers] };
}

/** The same for each letter of one input, however often it was published again and failed. */
export function idOfOriginal({ original: { value, headers }, sourceId }: DeadLetter): string {
  return predictionId({ headers, sourceId }, envelopeId(value, headers));
}

/** A header would win over the id that stands inside the message. */
function envelopeId(value: Buffer | null, headers: readonly Header[]): string | undefined {
  if (value === null) return undefined;
  const format = detectFormat(value, headerText(headers, 'content-type'));
  if (format !== 'json' && format !== 'cloudevent') return undefined;
  try {
    return decodeEnvelope(value).id;
  } catch {
    // It will be refused for the same reason again, and the dead letter then names the source id.
    return undefined;
  }
}
