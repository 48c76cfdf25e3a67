import type * as ort from 'onnxruntime-node';
import { StreamInferError } from '../../core/errors';
import { bytesPerImage } from '../../core/model-shape';
import type { Precision } from '../../core/precision';
import type { ModelFiles } from '../../models/files/model';
import { onnxError } from '../onnx-file/errors';
import { loadOnnxLibrary } from '../onnx/library';
import { Parts } from '../parts';
import type { RunGate } from '../run-gate';
import { toScores } from '../scores';
import { assertExecutes } from './kinds';
import { OnnxCalls } from './onnx-calls';
import { numberProgramOf, programOf } from './onnx-program';
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

interface Loaded {
  readonly files: ModelFiles;
  readonly calls: OnnxCalls;
  readonly parts: Parts;
}

interface NumberCalls {
  readonly calls: OnnxCalls;
  readonly parts: Parts<Float32Array>;
}

/**
 * Runs ONNX files, and TF.js models that it compiles to ONNX in memory, on onnxruntime, an optional dependency and the
 * fastest.
 */
export class OnnxRuntime implements ModelRuntime {
  readonly name = 'onnx';
  #loaded: Loaded | undefined;
  /** The session without preprocessing. */
  #forNumbers: NumberCalls | undefined;

  constructor(
    private readonly gate: RunGate,
    readonly precision: Precision,
  ) {}

  async load(files: ModelFiles): Promise<void> {
    assertExecutes(this.name, files);
    const program = programOf(files, this.precision);
    const library = loadOnnxLibrary();
    const create = () => library.InferenceSession.create(program.model, OPTIONS);
    const parts = new Parts(files.shape, PART, program.batch);
    if (files.network.kind !== 'onnx') {
      this.#loaded = { files, calls: new OnnxCalls(library, await this.gate.pass(create), program), parts };
      return;
    }
    try {
      this.#loaded = { files, calls: new OnnxCalls(library, await this.gate.pass(create), program), parts };
      // Some operators and sizes are only checked when they are computed.
      await this.predict(new Uint8Array(bytesPerImage(files.shape)), 1);
    } catch (error) {
      throw onnxError(error, files.dir);
    }
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    if (this.#loaded === undefined) throw new StreamInferError('NOT_READY', 'The model is not loaded.');
    const { files, calls, parts } = this.#loaded;
    const values = await this.gate.pass(() => calls.run(parts.of(pixels, n), n));
    return toScores(values, n, files.shape.labels.length, files.output);
  }

  async predictNumbers(numbers: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    if (this.#loaded === undefined) throw new StreamInferError('NOT_READY', 'The model is not loaded.');
    const { files } = this.#loaded;
    const { calls, parts } = (this.#forNumbers ??= await this.#createForNumbers(files));
    const values = await this.gate.pass(() => calls.run(parts.of(numbers, n), n));
    return toScores(values, n, files.shape.labels.length, files.output);
  }

  async dispose(): Promise<void> {
    await this.#loaded?.calls.dispose();
    await this.#forNumbers?.calls.dispose();
    this.#loaded = this.#forNumbers = undefined;
  }

  async #createForNumbers(files: ModelFiles): Promise<NumberCalls> {
    const program = numberProgramOf(files);
    const library = loadOnnxLibrary();
    const session = await this.gate.pass(() => library.InferenceSession.create(program.model, OPTIONS));
    const parts = new Parts<Float32Array>(files.shape, PART, program.batch);
    return { calls: new OnnxCalls(library, session, program), parts };
  }
}
