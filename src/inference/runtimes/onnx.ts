import type * as ort from 'onnxruntime-node';
import { StreamInferError } from '../../core/errors';
import { FASHION_MNIST, type ModelShape } from '../../core/model-shape';
import type { Precision } from '../../core/precision';
import type { ModelFiles } from '../../models/files/model';
import { INPUT, OUTPUT, compileToInt8, compileToOnnx } from '../onnx/compile';
import { loadOnnxLibrary, type OnnxLibrary } from '../onnx/library';
import { requireInt8 } from '../requirements';
import type { RunGate } from '../run-gate';
import { assertExecutes } from './kinds';
import type { ModelRuntime } from './runtime';

/** One thread: parallelism is the number of workers. `all` fuses layers and is 1.5 times as fast as `extended`. */
const OPTIONS: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  // Errors only: warnings about its own optimisations do not help a user.
  logSeverityLevel: 3,
};

/**
 * Images per call. 8 to 128 are equally fast; above that the activations do not fit into the processor's cache. Larger
 * batches are split here, because their fixed cost per image is lower.
 */
const PART = 64;

/** Compiles the TF.js model to ONNX in memory and runs it on onnxruntime, an optional dependency and the fastest. */
export class OnnxRuntime implements ModelRuntime {
  readonly name = 'onnx';
  #library: OnnxLibrary | undefined;
  #session: ort.InferenceSession | undefined;
  #shape: ModelShape = FASHION_MNIST;

  constructor(
    private readonly gate: RunGate,
    readonly precision: Precision,
  ) {}

  async load(files: ModelFiles): Promise<void> {
    assertExecutes(this.name, files);
    const model = this.precision === 'int8' ? compileToInt8(files, requireInt8(files)) : compileToOnnx(files);
    this.#shape = files.shape;
    this.#library = loadOnnxLibrary();
    const { InferenceSession } = this.#library;
    this.#session = await this.gate.pass(() => InferenceSession.create(model, OPTIONS));
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    const session = this.#session;
    if (session === undefined || this.#library === undefined)
      throw new StreamInferError('NOT_READY', 'The model is not loaded.');
    const { Tensor } = this.#library;
    const { height, width, labels } = this.#shape;
    const [size, classes] = [height * width, labels.length];
    const probabilities = new Float32Array(n * classes);
    await this.gate.pass(async () => {
      for (let from = 0; from < n; from += PART) {
        const to = Math.min(from + PART, n);
        const part = pixels.subarray(from * size, to * size);
        const input = new Tensor('uint8', part, [to - from, 1, height, width]);
        const row = probabilities.subarray(from * classes, to * classes);
        const output = new Tensor('float32', row, [to - from, classes]);
        await session.run({ [INPUT]: input }, { [OUTPUT]: output });
      }
    });
    return probabilities;
  }

  async dispose(): Promise<void> {
    await this.#session?.release();
    this.#session = undefined;
  }
}
