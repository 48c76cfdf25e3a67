import { StreamInferError, messageOf } from '../../core/errors';

/** How onnxruntime begins the parts of its messages about operators and versions that it does not have. */
const UNSUPPORTED =
  /([\w.:]+)\(-?\d+\) is not a registered function|No Op registered for ([\w.:]+)|NOT_IMPLEMENTED|Unsupported model IR version|opset (version )?\d+|is not a supported|Could not find an implementation/i;

/** Its paths of source files and lines say nothing to a user. */
const NOISE = /\/\S+\.(cc|h):\d+ ?\S*( ?\([^)]*\))? ?|^Error: ?/g;

/**
 * An error of onnxruntime for a model file: MODEL_UNSUPPORTED, naming an unknown operator or version; MODEL_CORRUPT
 * otherwise.
 */
export function onnxError(error: unknown, dir: string): StreamInferError {
  if (error instanceof StreamInferError) return error;
  const message = messageOf(error).replace(NOISE, '').split('\n', 1)[0]!.trim();
  const code = UNSUPPORTED.test(message) ? 'MODEL_UNSUPPORTED' : 'MODEL_CORRUPT';
  return new StreamInferError(code, `onnxruntime cannot execute the model in ${dir}: ${message}`, {
    cause: error,
  });
}
