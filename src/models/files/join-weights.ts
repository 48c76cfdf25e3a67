import { corrupt } from './folder';
import type { WeightSpec } from './schema';

/** Throws MODEL_CORRUPT if the weights do not have the length that `file` (model.json) describes. */
export function joinWeights(
  parts: readonly Buffer[],
  specs: readonly WeightSpec[],
  file: string,
): ArrayBuffer {
  const expected = specs.reduce((sum, spec) => sum + 4 * spec.shape.reduce((a, b) => a * b, 1), 0);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length !== expected)
    throw corrupt(file, `describes ${expected} bytes of weights, but there are ${length}`);
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined.buffer;
}
