import { StreamInferError } from '../../core/errors';
import type { Layer } from './topology';

/** A layer, or an option of it, that is not translated. */
export function unsupported(layer: Layer, problem: string): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `The runtime onnx does not know the layer ${layer.name} (${layer.className}): it ${problem}. ` +
      'Use --runtime tfjs-node or tfjs-wasm.',
  );
}
