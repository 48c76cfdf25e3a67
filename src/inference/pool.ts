import type { ModelBaseline } from '../core/baseline';
import { StreamInferError } from '../core/errors';
import type { InvertMode } from '../core/image';
import type { ModelDescription } from '../core/model-description';
import { bytesPerImage, withResize, type ModelShape, type Resize } from '../core/model-shape';
import type { BatchResult, Classifier, Decoded, PackedBatch } from '../core/classification';
import type { Log } from '../core/ports';
import type { Precision } from '../core/precision';
import type { ModelIdentity, Rejection } from '../core/prediction';
import type { RuntimeName } from '../core/runtime-name';
import type { ExplainedImage } from '../core/occlusion';
import type { EpochPoint } from '../core/training-history';
import { readModelFiles } from '../models/files';
import { descriptionOf, identityOf, type ModelFiles } from '../models/files/model';
import { BusyMeter } from './busy-meter';
import { CLOCK_START } from './clock';
import { compiledFile } from './compiled-file';
import type { BatchReply, WorkerReply, WorkerTask } from './protocol';
import { startWorkers } from './start-workers';
import type { WorkerThreads } from './worker-threads';

export interface PoolOptions {
  /** Folder of one model version; see `resolveModelDir`. */
  readonly modelDir: string;
  /** `auto`: the fastest runtime that loads on this machine. */
  readonly runtime: RuntimeName | 'auto';
  /**
   * fp32 if absent. int8 requires a quantized model and the runtime onnx; `auto` selects it if both are present and a
   * short measurement finds it faster.
   */
  readonly precision?: Precision | 'auto' | undefined;
  readonly workers: number;
  /** Largest batch; the workers warm up with it. */
  readonly maxBatch: number;
  /** The model's own if absent. */
  readonly invert?: InvertMode | undefined;
  /** The model's own if absent. */
  readonly resize?: Resize | undefined;
  /** Time limit of a batch, after which the worker is replaced, ms. */
  readonly taskTimeoutMs: number;
  /** Time limit for a worker to load and warm up, ms. */
  readonly startTimeoutMs: number;
  /** Aborts a start in progress, which rejects with NOT_READY. */
  readonly signal?: AbortSignal | undefined;
  readonly log: Log;
  /** Replaces the worker's entry file: tests wrap the real one to inject failures. */
  readonly workerFile?: string;
}

/** Scores of images, n × classes, and the model of all of them. */
export interface ScoredNumbers {
  readonly scores: Float32Array;
  readonly model: ModelIdentity;
}

/** A classifier on worker threads. */
export interface InferencePool extends Classifier {
  readonly shape: ModelShape;
  readonly description: ModelDescription;
  /** Baseline for drift detection; absent if the model has none. */
  readonly baseline?: ModelBaseline | undefined;
  /** Training history by epoch; absent if unknown. */
  readonly history?: readonly EpochPoint[] | undefined;
  readonly workers: number;
  /** Called for each dead or terminated worker, which is replaced automatically. */
  onWorkerLost: ((error: StreamInferError) => void) | undefined;
  /**
   * Derives images from one of the model's size and the label to explain, when no batch is waiting for the worker.
   * Rejects as `classify` does.
   */
  derive(pixels: Uint8Array, label: number): Promise<ExplainedImage>;
  /**
   * The scores of images as numbers that the network is fed, in its own layout; absent where pixels are the only input.
   * Rejects as `classify` does.
   */
  classifyNumbers?(numbers: Float32Array, images: number): Promise<ScoredNumbers>;
  /** Time since a worker last got or returned a task, ms; null while none has one. */
  readonly sinceStepMs?: number | null;
  /**
   * Changes the number of worker threads; resolves when they are warm or have ended. Not twice at a time. Rejects as
   * `createPool` does; absent where the model does not run in worker threads.
   */
  resize?(workers: number): Promise<void>;
  /** Busy share of the workers' time since the last call, 0–1. */
  utilization(): number;
  /** Ends the workers. Batches in progress are rejected with NOT_READY. */
  close(): Promise<void>;
}

/**
 * Reads the model and starts the workers; resolves when all reproduce the golden vectors and are warm.
 * Rejects with MODEL_MISSING (also for a missing int8.json), MODEL_CORRUPT, INT8_INACCURATE, FILE_UNREADABLE,
 * RUNTIME_UNAVAILABLE or USAGE (a runtime without that precision), and then leaves nothing running.
 */
export async function createPool(options: PoolOptions): Promise<InferencePool> {
  return await startPool(await readModelFiles(options.modelDir), options);
}

/** Like `createPool`, for a model that is already read. */
export async function startPool(
  model: ModelFiles,
  options: Omit<PoolOptions, 'modelDir'>,
): Promise<InferencePool> {
  const shape = withResize(model.shape, options.resize);
  if (shape.resize === 'content' && model.output.objects)
    throw new StreamInferError(
      'USAGE',
      `${model.dir} finds objects, so it needs whole images: set the resize mode to stretch, fit or crop, not content`,
    );
  const files = { ...model, shape };
  oneThreadPerWorker();
  const events: { onWorkerLost: InferencePool['onWorkerLost'] } = { onWorkerLost: undefined };
  const { threads, runtime, precision } = await startWorkers(options.runtime, {
    file: options.workerFile ?? compiledFile('worker.js'),
    workers: options.workers,
    settings: {
      files,
      precision: options.precision ?? 'fp32',
      maxBatch: options.maxBatch,
      invert: options.invert,
    },
    startTimeoutMs: options.startTimeoutMs,
    signal: options.signal,
    log: options.log,
    onWorkerLost: (error) => events.onWorkerLost?.(error),
  });
  const identity = identityOf(files, runtime, precision);
  return new WorkerPool(threads, identity, descriptionOf(files), files.manifest, options, events);
}

class WorkerPool implements InferencePool {
  readonly baseline: InferencePool['baseline'];
  readonly history: InferencePool['history'];
  readonly shape: ModelShape;
  #workers: number;
  readonly #meter: BusyMeter;

  constructor(
    private readonly threads: WorkerThreads,
    readonly model: ModelIdentity,
    readonly description: ModelDescription,
    manifest: Pick<ModelFiles['manifest'], 'baseline' | 'history'>,
    private readonly options: Pick<PoolOptions, 'workers' | 'taskTimeoutMs'>,
    private readonly events: { onWorkerLost: InferencePool['onWorkerLost'] },
  ) {
    this.#workers = options.workers;
    this.shape = description.shape;
    this.baseline = manifest.baseline;
    this.history = manifest.history;
    this.#meter = new BusyMeter(options.workers);
  }

  get workers(): number {
    return this.#workers;
  }

  get parallelism(): number {
    return this.#workers;
  }

  get onWorkerLost(): InferencePool['onWorkerLost'] {
    return this.events.onWorkerLost;
  }

  set onWorkerLost(listener: InferencePool['onWorkerLost']) {
    this.events.onWorkerLost = listener;
  }

  /**
   * Rejects with WORKER_CRASH, WORKER_TIMEOUT, OVERLOADED (far more batches than workers), NOT_READY (closed) or
   * POOL_BROKEN (no worker can be started; end the process). The caller keeps the batch's buffers.
   */
  async classify(batch: PackedBatch): Promise<BatchResult> {
    const reply = await this.#run({ kind: 'batch', batch, clockStart: batch.clockStart ?? CLOCK_START });
    if (reply.kind === 'batch') return toResult(reply, this.shape, this.model);
    throw wrongAnswer(reply);
  }

  async derive(pixels: Uint8Array, label: number): Promise<ExplainedImage> {
    const reply = await this.#run({ kind: 'derive', pixels, label });
    if (reply.kind === 'derived') return reply.explained;
    throw wrongAnswer(reply);
  }

  async classifyNumbers(numbers: Float32Array, images: number): Promise<ScoredNumbers> {
    const reply = await this.#run({ kind: 'numbers', numbers, images });
    if (reply.kind === 'scores') return { scores: reply.scores, model: this.model };
    throw wrongAnswer(reply);
  }

  get sinceStepMs(): number | null {
    return this.#meter.sinceStepMs;
  }

  utilization(): number {
    return this.#meter.share();
  }

  async resize(workers: number): Promise<void> {
    // Fewer batches before fewer threads, and more threads before more batches.
    if (workers < this.#workers) this.#workers = workers;
    await this.threads.resize(workers);
    this.#workers = workers;
    this.#meter.resize(workers);
  }

  async close(): Promise<void> {
    await this.threads.close();
  }

  async #run(task: WorkerTask): Promise<WorkerReply> {
    let started = false;
    const onStart = (): void => {
      started = true;
      this.#meter.start();
    };
    try {
      return await this.threads.run(task, this.options.taskTimeoutMs, onStart);
    } finally {
      if (started) this.#meter.stop();
    }
  }
}

function wrongAnswer(reply: WorkerReply): StreamInferError {
  const message =
    'message' in reply ? `the model failed: ${reply.message}` : 'a worker sent an unexpected reply';
  return new StreamInferError(reply.kind === 'threw' ? reply.code : 'WORKER_CRASH', message);
}

/**
 * TensorFlow starts one thread per core, which would compete with the other workers. It reads these variables when it
 * starts in the first worker; values set by the user are kept.
 */
function oneThreadPerWorker(): void {
  for (const variable of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS']) {
    process.env[variable] ??= '1';
  }
}

/** Converts the columns of a worker's reply. */
export function toResult(reply: BatchReply, shape: ModelShape, model: ModelIdentity): BatchResult {
  const size = bytesPerImage(shape);
  const failures = new Map<number, Rejection>();
  for (const { index, code, message, attempts } of reply.refused) {
    const stage = attempts === undefined ? 'decode' : 'inference';
    failures.set(index, { code, message, stage, attempts: attempts ?? 1 });
  }
  const decoded = new Map<number, Decoded>();
  for (const [position, { index, ...about }] of reply.decoded.entries()) {
    const pixels = reply.decodedPixels.subarray(position * size, (position + 1) * size);
    decoded.set(index, { pixels, ...about });
  }
  const { probabilities, inferenceMs, decodeMs, pixelSums, predictions } = reply;
  const about = { model, imageSize: shape, pixelSums, predictions };
  return { probabilities, failures, decoded, inferenceMs, decodeMs, ...about };
}
