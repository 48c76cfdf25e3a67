import { StreamInferError, messageOf } from '../../core/errors';
import { assertParsable } from '../json-guard';
import { MAX_JSON_BYTES } from './model-signature';

/**
 * Parses JSON whatever its content type says: curl's `-d` calls everything a form. Throws BAD_REQUEST or
 * TOO_LARGE_BYTES.
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length > MAX_JSON_BYTES) {
    throw new StreamInferError(
      'TOO_LARGE_BYTES',
      `The JSON has ${bytes.length} bytes; at most ${MAX_JSON_BYTES} are read. Send binary tensors or fewer images.`,
    );
  }
  assertParsable(bytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new StreamInferError('BAD_REQUEST', `The body is no JSON: ${oneLine(messageOf(cause))}`, { cause });
  }
}

/** The parser quotes what it does not like. */
function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
}
