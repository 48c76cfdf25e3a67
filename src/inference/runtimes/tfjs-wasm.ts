import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type * as wasm from '@tensorflow/tfjs-backend-wasm';
import { StreamInferError, messageOf } from '../../core/errors';
import type { ModelFiles } from '../../models/files/model';
import { assertExecutes } from './kinds';
import type { ModelRuntime } from './runtime';
import { TfjsClassifier } from './tfjs-classifier';

/** Images per call. 16 to 64 are equally fast; 256 is a third slower, because the activations do not fit into the cache. */
const PART = 32;

/** WebAssembly with SIMD: always available, without a native part. One thread; parallelism is the number of workers. */
export class TfjsWasmRuntime implements ModelRuntime {
  readonly name = 'tfjs-wasm';
  readonly precision = 'fp32';
  #model: TfjsClassifier | undefined;

  async load(files: ModelFiles): Promise<void> {
    assertExecutes(this.name, files);
    this.#model = await TfjsClassifier.load(await loadLibrary(), files, PART);
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

async function loadLibrary(): Promise<typeof tf> {
  try {
    /* eslint-disable @typescript-eslint/no-require-imports -- loaded on demand, and only in a worker */
    const library = require('@tensorflow/tfjs') as typeof tf;
    const backend = require('@tensorflow/tfjs-backend-wasm') as typeof wasm;
    /* eslint-enable @typescript-eslint/no-require-imports */
    // Must be an absolute folder with a trailing slash and set before setBackend; otherwise it fails silently.
    backend.setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep);
    if (!(await library.setBackend('wasm'))) throw new Error('WebAssembly could not be initialised');
    return library;
  } catch (error) {
    throw new StreamInferError(
      'RUNTIME_UNAVAILABLE',
      `the runtime tfjs-wasm cannot be loaded: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
