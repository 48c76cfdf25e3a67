import { headerText, type Header } from '../core/message';
import { DEAD_LETTER_HEADERS } from './dead-letter-headers';

/**
 * Headers that describe the input only, that the prediction has its own value for, or that would make it look like a dead
 * letter. They are the same in every header mode, so that a change of mode changes our own headers only.
 */
const NOT_COPIED = new Set(['content-type', 'id', 'label', 'confidence', ...DEAD_LETTER_HEADERS]);

/** Headers of an input that mean nothing to this program: its prediction carries them, too. */
export function copiedHeaders(headers: readonly Header[]): readonly Header[] {
  if (headers.length === 0) return headers;
  const copied = headers.filter(([name]) => isCopied(name.toLowerCase()));
  // Google's client writes its W3C trace context under a name of its own.
  const google = headerText(headers, 'googclient_traceparent');
  if (google !== undefined && headerText(headers, 'traceparent') === undefined)
    copied.push(['traceparent', google]);
  return copied;
}

function isCopied(lowerName: string): boolean {
  return !NOT_COPIED.has(lowerName) && !lowerName.startsWith('ce_') && !lowerName.startsWith('ce-');
}
