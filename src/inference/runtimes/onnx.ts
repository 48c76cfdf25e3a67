import type * as ort from 'onnxruntime-node';
import { StreamInferError, messageOf } from '../../core/errors';
import { IMAGE_SIDE } from '../../core/image';
import { CLASS_COUNT } from '../../core/labels';
import type { ModelFiles } from '../model-files';
import { INPUT, OUTPUT, compileToOnnx } from '../onnx/compile';
import type { RunGate } from '../run-gate';
import type { ModelRuntime } from './runtime';

/** One thread: parallelism is the number of workers. `all` fuses layers and is half as fast again as `extended`. */
const OPTIONS: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  // Warnings about its own optimisations say nothing to a user.
  logSeverityLevel: 3,
};

/** The TF.js model, compiled to ONNX in memory, on Microsoft's runtime: an optional dependency, and the fastest. */
export class OnnxRuntime implements ModelRuntime {
  readonly name = 'onnx';
  #library: typeof ort | undefined;
  #session: ort.InferenceSession | undefined;

  constructor(private readonly gate: RunGate) {}

  async load(files: ModelFiles): Promise<void> {
    const model = compileToOnnx(files);
    this.#library = requireLibrary();
    const { InferenceSession } = this.#library;
    this.#session = await this.gate.pass(() => InferenceSession.create(model, OPTIONS));
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    const session = this.#session;
    if (session === undefined || this.#library === undefined)
      throw new StreamInferError('NOT_READY', 'The model is not loaded.');
    const { Tensor } = this.#library;
    const probabilities = new Float32Array(n * CLASS_COUNT);
    const input = new Tensor('uint8', pixels, [n, 1, IMAGE_SIDE, IMAGE_SIDE]);
    const output = new Tensor('float32', probabilities, [n, CLASS_COUNT]);
    await this.gate.pass(() => session.run({ [INPUT]: input }, { [OUTPUT]: output }));
    return probabilities;
  }

  async dispose(): Promise<void> {
    await this.#session?.release();
    this.#session = undefined;
  }
}

function requireLibrary(): typeof ort {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded when it is needed, and it may be missing
    return require('onnxruntime-node') as typeof ort;
  } catch (error) {
    throw new StreamInferError(
      'RUNTIME_UNAVAILABLE',
      `The runtime onnx does not load: ${messageOf(error).split('\n', 1)[0]}. ` +
        'Install it with: npm install --ignore-scripts onnxruntime-node (or use --runtime tfjs-node).',
      { cause: error },
    );
  }
}
