import { StreamInferError } from '../core/errors';
import type { ModelFiles } from './model-files';
import type { ModelRuntime } from './runtimes/runtime';

/** How far a probability may be from the golden one. Runtimes differ by some 1e-6; a wrong layer by far more. */
export const GOLDEN_TOLERANCE = 1e-4;

/**
 * Lets a runtime reproduce the model's golden vectors, before it serves. Rejects with MODEL_CORRUPT naming the first
 * probability that is off by more than 1e-4 (or is no number).
 */
export async function assertGolden(runtime: ModelRuntime, files: ModelFiles): Promise<void> {
  const { n, pixels, probabilities } = files.golden;
  const got = await runtime.predict(pixels, n);
  if (got.length !== probabilities.length) {
    throw refused(runtime, files, `${got.length} probabilities instead of ${probabilities.length}`);
  }
  for (const [i, expected] of probabilities.entries()) {
    // Written so that NaN is a difference, too.
    if (Math.abs(got[i]! - expected) <= GOLDEN_TOLERANCE) continue;
    const classes = probabilities.length / n;
    const where = `class ${i % classes} of vector ${Math.floor(i / classes)}`;
    throw refused(runtime, files, `${got[i]} for ${where} instead of ${expected}`);
  }
}

function refused(runtime: ModelRuntime, files: ModelFiles, problem: string): StreamInferError {
  return new StreamInferError(
    'MODEL_CORRUPT',
    `The model ${files.name}@${files.version} in ${files.dir} does not reproduce its golden vectors on ` +
      `${runtime.name}: ${problem} (tolerance ${GOLDEN_TOLERANCE}).`,
  );
}
