import { StreamInferError, messageOf } from '../../core/errors';
import { assertParsable } from '../json-guard';
import type { RequestedModel } from './model-signature';

/** Parses JSON of any content type, because `curl -d` sends a form type. Throws BAD_REQUEST or TOO_LARGE_BYTES. */
export function parseJson(
  bytes: Buffer,
  { input, maxJsonBytes }: Pick<RequestedModel, 'input' | 'maxJsonBytes'>,
): unknown {
  if (bytes.length > maxJsonBytes) {
    throw new StreamInferError(
      'TOO_LARGE_BYTES',
      `the JSON has ${bytes.length} bytes; at most ${maxJsonBytes} are allowed; send binary tensors or fewer images`,
    );
  }
  // One image with a list for each pixel, and room for the rest.
  assertParsable(bytes, 2 * input.size + 1000);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new StreamInferError('BAD_REQUEST', `the body is not valid JSON: ${oneLine(messageOf(cause))}`, {
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
