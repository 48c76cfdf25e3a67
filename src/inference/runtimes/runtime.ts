import type { Precision } from '../../core/precision';
import type { RuntimeName } from '../../core/runtime-name';
import type { ModelFiles } from '../../models/files';

/**
 * What executes the model, inside a worker. The worker calls `load` once, `predict` any number of times, never two at
 * once, and `dispose` last. Each runtime loads its library in `load`, not before: the main thread must never load one.
 */
export interface ModelRuntime {
  readonly name: RuntimeName;
  readonly precision: Precision;
  /**
   * Rejects with RUNTIME_UNAVAILABLE (it does not load here; how to mend that), MODEL_UNSUPPORTED (it does not know a layer),
   * MODEL_CORRUPT (it does not take the model) or MODEL_MISSING (int8, and the model was not made for it).
   */
  load(files: ModelFiles): Promise<void>;
  /**
   * Takes n × height × width uint8, row-major, and returns n × classes probabilities, row-major. The pixels are only read during the
   * call; the result is the caller's.
   */
  predict(pixels: Uint8Array, n: number): Float32Array<ArrayBuffer> | Promise<Float32Array<ArrayBuffer>>;
  dispose(): void | Promise<void>;
}
