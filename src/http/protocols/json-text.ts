import { StreamInferError, messageOf } from '../../core/errors';
import { assertParsable } from '../json-guard';
import { MAX_JSON_BYTES } from './model-signature';

/** Parses JSON of any content type, because `curl -d` sends a form type. Throws BAD_REQUEST or TOO_LARGE_BYTES. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length > MAX_JSON_BYTES) {
    throw new StreamInferError(
      'TOO_LARGE_BYTES',
      `The JSON has ${bytes.length} bytes; at most ${MAX_JSON_BYTES} are allowed. Send binary tensors or fewer images.`,
    );
  }
  assertParsable(bytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new StreamInferError('BAD_REQUEST', `The body is not valid JSON: ${oneLine(messageOf(cause))}`, {
      cause,
    });
  }
}

/** Shortens the message of the parser, which quotes the input. */
function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
}
