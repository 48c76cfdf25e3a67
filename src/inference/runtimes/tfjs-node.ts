import { StreamInferError, messageOf } from '../../core/errors';
import type { ModelFiles } from '../../models/files';
import { assertExecutes } from './kinds';
import type { ModelRuntime } from './runtime';
import type { SharedLock } from '../shared-lock';
import { registerAttributes } from './tfjs-node-attributes';
import { TfjsClassifier } from './tfjs-classifier';
import { requireTfjsNode, type TensorFlow } from './tfjs-node-library';

/** Images per call; larger batches are equally fast. */
const PART = 256;

/** TensorFlow's kernels through a native add-on, an optional dependency. */
export class TfjsNodeRuntime implements ModelRuntime {
  readonly name = 'tfjs-node';
  readonly precision = 'fp32';
  #model: TfjsClassifier | undefined;

  constructor(private readonly lock: SharedLock) {}

  async load(files: ModelFiles): Promise<void> {
    assertExecutes(this.name, files);
    const library = requireLibrary();
    // All TF.js packages in a thread share one engine, which uses the backend set last.
    await library.setBackend('tensorflow');
    registerAttributes(library, this.lock);
    this.#model = await TfjsClassifier.load(library, files, PART);
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    if (this.#model === undefined) throw new StreamInferError('NOT_READY', 'the model is not loaded');
    return await this.#model.predict(pixels, n);
  }

  async predictNumbers(numbers: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    if (this.#model === undefined) throw new StreamInferError('NOT_READY', 'the model is not loaded');
    return await this.#model.predictNumbers(numbers, n);
  }

  dispose(): void {
    this.#model?.dispose();
    this.#model = undefined;
  }
}

function requireLibrary(): TensorFlow {
  try {
    return requireTfjsNode();
  } catch (error) {
    throw new StreamInferError(
      'RUNTIME_UNAVAILABLE',
      `the runtime tfjs-node cannot be loaded: ${messageOf(error).split('\n', 1)[0]}; ` +
        'install it with: node scripts/setup.mjs (or use --runtime tfjs-wasm)',
      { cause: error },
    );
  }
}
