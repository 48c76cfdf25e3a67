import { headerText, type Header } from '../core/message';
import { DEAD_LETTER_HEADERS } from './dead-letter-headers';

/**
 * Headers that describe the input only, that the prediction sets itself, or that would mark it as a dead letter.
 * Equal in every header mode, so that a change of mode affects our own headers only.
 */
const NOT_COPIED = new Set(['content-type', 'id', 'label', 'confidence', ...DEAD_LETTER_HEADERS]);

/** Headers of an input without a meaning for this program: its prediction carries them, too. */
export function copiedHeaders(headers: readonly Header[]): readonly Header[] {
  if (headers.length === 0) return headers;
  const copied = headers.filter(([name]) => isCopied(name.toLowerCase()));
  // Google's client writes its W3C trace context under its own name.
  const google = headerText(headers, 'googclient_traceparent');
  if (google !== undefined && headerText(headers, 'traceparent') === undefined)
    copied.push(['traceparent', google]);
  return copied;
}

function isCopied(lowerName: string): boolean {
  return !NOT_COPIED.has(lowerName) && !lowerName.startsWith('ce_') && !lowerName.startsWith('ce-');
}
