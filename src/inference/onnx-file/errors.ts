import { StreamInferError, messageOf } from '../../core/errors';

type Explanation = readonly [pattern: RegExp, explain: (...found: string[]) => string];

/** Messages of onnxruntime about operators and versions that it does not have. */
const UNSUPPORTED: readonly Explanation[] = [
  [/No Op registered for ([\w.:]+)/, (name) => `onnxruntime does not have its operator ${name}`],
  [/([\w.:]+)\(-?\d+\) is not a registered/, (name) => `onnxruntime does not have its operator ${name}`],
  [
    /Could not find an implementation for ([\w.:]+)/,
    (name) => `onnxruntime does not have its operator ${name} for these types`,
  ],
  [
    /Opset (\d+) is under development.* till opset (\d+)/s,
    (version, newest) =>
      `it has version ${version} of the operators (opset), but onnxruntime supports up to ${newest}; ` +
      'export it with an older opset_version',
  ],
  [
    /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    (version, newest) =>
      `it has version ${version} of the format (IR), but onnxruntime supports up to ${newest}; ` +
      'export it with an older version of onnx',
  ],
];

/** Source file, line and function at the beginning of a message. */
const PLACE = /^\/\S+:\d+ .*?\)(?: const)? /;

/**
 * An error of onnxruntime for a model file: MODEL_UNSUPPORTED, naming an unknown operator or version; MODEL_CORRUPT
 * otherwise.
 */
export function onnxError(error: unknown, dir: string): StreamInferError {
  if (error instanceof StreamInferError) return error;
  const message = messageOf(error);
  for (const [pattern, explain] of UNSUPPORTED) {
    const [, ...found] = pattern.exec(message) ?? [];
    if (found.length > 0) return refusal('MODEL_UNSUPPORTED', explain(...found), dir, error);
  }
  const [first = ''] = message.replace(PLACE, '').split('\n', 1);
  return refusal('MODEL_CORRUPT', first.replace(/\.$/, ''), dir, error);
}

function refusal(
  code: 'MODEL_UNSUPPORTED' | 'MODEL_CORRUPT',
  problem: string,
  dir: string,
  cause: unknown,
): StreamInferError {
  return new StreamInferError(code, `the model in ${dir} cannot be executed: ${problem}`, { cause });
}
