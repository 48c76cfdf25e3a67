import { predictionId } from '../core/conclude';
import type { DeadLetter } from '../core/dead-letter';
import { headerText, type Header, type OutgoingMessage } from '../core/message';
import { REDRIVE_COUNT } from './dead-letter-headers';
import { decodeEnvelope } from './decode-envelope';
import { detectFormat } from './detect-format';

/**
 * The original of a dead letter, to be published again: with one more redrive counted, and with the id that its
 * prediction would have had the first time, since the new message has another source id.
 */
export function encodeRedriven({ original, sourceId, redriveCount }: DeadLetter): OutgoingMessage {
  const { key, value, headers } = original;
  // Ours first: Pub/Sub carries a hundred attributes, and what comes after them is cut off.
  const own: Header[] = [[REDRIVE_COUNT, String(redriveCount + 1)]];
  const id = predictionId({ headers, sourceId }, envelopeId(value, headers));
  if (id === sourceId && headerText(headers, 'id') !== sourceId) own.push(['id', sourceId]);
  return { key, value, headers: [...own, ...headers] };
}

/** A header would win over the id that stands inside the message. */
function envelopeId(value: Buffer, headers: readonly Header[]): string | undefined {
  const format = detectFormat(value, headerText(headers, 'content-type'));
  if (format !== 'json' && format !== 'cloudevent') return undefined;
  try {
    return decodeEnvelope(value).id;
  } catch {
    // It will be refused for the same reason again, and the dead letter then names the source id.
    return undefined;
  }
}
