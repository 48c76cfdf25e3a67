import { StreamInferError, messageOf } from '../core/errors';
import { requireTfjsNode, type TensorFlow } from '../inference/runtimes/tfjs-node-library';

export type { TensorFlow } from '../inference/runtimes/tfjs-node-library';

/** Loads tfjs-node, which takes about a second. Throws DEPENDENCY_MISSING with the remedy. */
export function loadTensorFlow(): TensorFlow {
  // Only warnings and errors; TensorFlow reads this once, when it loads.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  try {
    return requireTfjsNode();
  } catch (error) {
    throw new StreamInferError(
      'DEPENDENCY_MISSING',
      `training needs @tensorflow/tfjs-node, which failed to load (${firstLine(messageOf(error))}); ` +
        'install it with: npm run setup',
      { cause: error },
    );
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
