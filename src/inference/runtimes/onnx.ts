import type * as ort from 'onnxruntime-node';
import { StreamInferError } from '../../core/errors';
import { bytesPerImage } from '../../core/model-shape';
import type { Precision } from '../../core/precision';
import type { ModelFiles } from '../../models/files/model';
import { scoresOfObjects, type ImageObjects } from '../detection/objects';
import { onnxError } from '../onnx-file/errors';
import { loadOnnxLibrary } from '../onnx/library';
import { BatchSplitter } from '../batch-splitter';
import type { RunGate } from '../run-gate';
import { toScores } from '../scores';
import { assertExecutes } from './kinds';
import { OnnxCalls } from './onnx-calls';
import { OnnxDetector } from './onnx-detector';
import { numberProgramOf, programOf, type OnnxProgram } from './onnx-program';
import type { ModelRuntime } from './runtime';

/** One thread: parallelism is the number of workers. `all` fuses layers and is 1.5 times as fast as `extended`. */
const OPTIONS: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  // x86 without VNNI adds 8-bit products with overflow otherwise. Other processors ignore it.
  extra: { session: { x64quantprecision: '1' } },
  // Errors only: warnings about its own optimisations do not help a user.
  logSeverityLevel: 3,
};

/**
 * Images per call. 8 to 128 are equally fast; above that the activations do not fit into the processor's cache. Larger
 * batches are split here, because their fixed cost per image is lower.
 */
const PART = 64;

/** A session, and how images are passed to it. */
interface Session<Values extends Uint8Array | Float32Array> {
  readonly calls: OnnxCalls | OnnxDetector;
  readonly splitter: BatchSplitter<Values>;
}

interface Loaded extends Session<Uint8Array> {
  readonly files: ModelFiles;
}

/**
 * Runs ONNX files, and TF.js models that it compiles to ONNX in memory, on onnxruntime, an optional dependency and the
 * fastest.
 */
export class OnnxRuntime implements ModelRuntime {
  readonly name = 'onnx';
  #loaded: Loaded | undefined;
  /** The session without preprocessing. */
  #forNumbers: Session<Float32Array> | undefined;

  constructor(
    private readonly gate: RunGate,
    readonly precision: Precision,
  ) {}

  async load(files: ModelFiles): Promise<void> {
    assertExecutes(this.name, files);
    const program = programOf(files, this.precision);
    if (files.network.kind !== 'onnx') {
      this.#loaded = { files, ...(await this.#open(program, files)) };
      return;
    }
    try {
      this.#loaded = { files, ...(await this.#open(program, files)) };
      // Some operators and sizes are only checked when they are computed.
      await this.predict(new Uint8Array(bytesPerImage(files.shape)), 1);
    } catch (error) {
      throw onnxError(error, files.dir);
    }
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    if (this.#loaded === undefined) throw new StreamInferError('NOT_READY', 'the model is not loaded');
    return await this.#scoresOf(this.#loaded.files, this.#loaded, pixels, n);
  }

  async predictNumbers(numbers: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    if (this.#loaded === undefined) throw new StreamInferError('NOT_READY', 'the model is not loaded');
    const { files } = this.#loaded;
    this.#forNumbers ??= await this.#open<Float32Array>(numberProgramOf(files), files);
    return await this.#scoresOf(files, this.#forNumbers, numbers, n);
  }

  async detect(pixels: Uint8Array, n: number): Promise<readonly ImageObjects[]> {
    const { calls } = this.#loaded ?? {};
    if (calls instanceof OnnxDetector) return await calls.detect(pixels, n, this.gate);
    throw new StreamInferError('NOT_READY', 'no model that finds objects is loaded');
  }

  async dispose(): Promise<void> {
    await this.#loaded?.calls.dispose();
    await this.#forNumbers?.calls.dispose();
    this.#loaded = this.#forNumbers = undefined;
  }

  async #open<Values extends Uint8Array | Float32Array>(
    program: OnnxProgram,
    files: ModelFiles,
  ): Promise<Session<Values>> {
    const library = loadOnnxLibrary();
    const session = await this.gate.pass(() => library.InferenceSession.create(program.model, OPTIONS));
    const splitter = new BatchSplitter<Values>(files.shape, PART, program.batch);
    const { objects } = files.output;
    const calls = objects
      ? new OnnxDetector(library, session, program, files, objects)
      : new OnnxCalls(library, session, program);
    return { calls, splitter };
  }

  async #scoresOf<Values extends Uint8Array | Float32Array>(
    { shape, output }: ModelFiles,
    { calls, splitter }: Session<Values>,
    values: Values,
    n: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const classes = shape.labels.length;
    if (calls instanceof OnnxDetector)
      return scoresOfObjects(await calls.detect(values, n, this.gate), classes);
    const numbers = await this.gate.pass(() => calls.run(splitter.of(values, n), n));
    return toScores(numbers, n, classes, output);
  }
}
