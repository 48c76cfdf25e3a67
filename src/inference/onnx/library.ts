import type * as ort from 'onnxruntime-node';
import { StreamInferError, messageOf } from '../../core/errors';

export type OnnxLibrary = typeof ort;

/** Loads onnxruntime-node, an optional dependency. Throws RUNTIME_UNAVAILABLE with a fix. */
export function loadOnnxLibrary(): OnnxLibrary {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand; it may be missing
    return require('onnxruntime-node') as OnnxLibrary;
  } catch (error) {
    throw new StreamInferError(
      'RUNTIME_UNAVAILABLE',
      `the runtime onnx cannot be loaded: ${messageOf(error).split('\n', 1)[0]}; ` +
        'install it with: npm install --ignore-scripts onnxruntime-node (or use --runtime tfjs-node, with --precision fp32)',
      { cause: error },
    );
  }
}
