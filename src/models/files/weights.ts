import { corrupt } from './problems';
import type { WeightSpec } from './schema';

export function concat(parts: readonly Buffer[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}

/** Throws MODEL_CORRUPT when the weights are not as long as `file` (model.json) describes them. */
export function assertWeights(weightData: ArrayBuffer, specs: readonly WeightSpec[], file: string): void {
  const expected = specs.reduce((sum, spec) => sum + 4 * spec.shape.reduce((a, b) => a * b, 1), 0);
  if (weightData.byteLength === expected) return;
  throw corrupt(file, `describes ${expected} bytes of weights, but there are ${weightData.byteLength}`);
}
