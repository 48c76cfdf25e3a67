import type { Precision } from '../../core/precision';
import type { RuntimeName } from '../../core/runtime-name';
import type { ModelFiles } from '../../models/files';
import type { ImageObjects } from '../detection/objects';

/**
 * Executes the model inside a worker. The worker calls `load` once, `predict` any number of times without overlap, and
 * `dispose` last. A runtime loads its library in `load`, not earlier: the main thread must never load one.
 */
export interface ModelRuntime {
  readonly name: RuntimeName;
  readonly precision: Precision;
  /**
   * Rejects with RUNTIME_UNAVAILABLE (does not load here; the message has a fix) or MODEL_UNSUPPORTED (layer or
   * option). Also with MODEL_CORRUPT (the model cannot be loaded) or MODEL_MISSING (int8 for a model without
   * int8.json).
   */
  load(files: ModelFiles): Promise<void>;
  /**
   * Takes n × height × width uint8, row-major, and returns n × classes probabilities, row-major. The pixels are only read
   * during the call; the caller owns the result.
   */
  predict(pixels: Uint8Array, n: number): Float32Array<ArrayBuffer> | Promise<Float32Array<ArrayBuffer>>;
  /**
   * The same from the numbers that the network is fed, in its own layout, always in float32. Only for networks of floats.
   * onnx loads a second session for it at the first call.
   */
  predictNumbers(numbers: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>>;
  /** The objects behind the scores; only for a model that finds objects. */
  detect?(pixels: Uint8Array, n: number): Promise<readonly ImageObjects[]>;
  dispose(): void | Promise<void>;
}
