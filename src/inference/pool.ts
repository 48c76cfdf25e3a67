import type { ModelBaseline } from '../core/baseline';
import { StreamInferError } from '../core/errors';
import type { InvertMode } from '../core/image';
import { pixelsOf, type ModelShape } from '../core/model-shape';
import type { BatchResult, Classifier, Decoded, Log, PackedBatch } from '../core/ports';
import type { Precision } from '../core/precision';
import type { ModelIdentity, Rejection } from '../core/prediction';
import type { RuntimeName } from '../core/runtime-name';
import type { DerivedImages } from '../core/event';
import type { EpochPoint } from '../core/training-history';
import { BusyMeter } from './busy-meter';
import { clockStart } from './clock';
import { identityOf } from './identity';
import { readModelFiles, shapeOf } from '../models/files';
import type { ModelFiles } from '../models/files';
import type { BatchReply, WorkerReply, WorkerTask } from './protocol';
import { startFastest } from './start-fastest';
import { workerFile } from './worker-file';
import type { WorkerThreads } from './worker-threads';

export interface PoolOptions {
  /** Folder of one model version; see `resolveModelDir`. */
  readonly modelDir: string;
  /** `auto` takes the fastest that loads here. */
  readonly runtime: RuntimeName | 'auto';
  /**
   * fp32 if absent. int8 requires a model that was made for it, and the runtime onnx; `auto` takes it where that is so and
   * a short measurement finds it faster here.
   */
  readonly precision?: Precision | 'auto' | undefined;
  readonly workers: number;
  /** Largest batch that will come; the workers warm up with it. */
  readonly maxBatch: number;
  readonly invert: InvertMode;
  /** How long a worker may take for one batch before it is given up and replaced, ms. */
  readonly taskTimeoutMs: number;
  /** How long a worker may take to load and warm up, ms. */
  readonly startTimeoutMs: number;
  /** Gives up a start that is under way: it rejects with NOT_READY. */
  readonly signal?: AbortSignal | undefined;
  readonly log: Log;
  /** Another file to run in the workers: tests wrap the real one to make it fail. */
  readonly workerFile?: string;
}

/** A classifier on worker threads. */
export interface InferencePool extends Classifier {
  readonly shape: ModelShape;
  /** What drift of its predictions is measured from; absent from a model that has none. */
  readonly baseline?: ModelBaseline | undefined;
  /** How it was trained, epoch by epoch; absent where nobody knows. */
  readonly history?: readonly EpochPoint[] | undefined;
  readonly workers: number;
  /** Called for each worker that died or was given up; it is replaced by itself. */
  onWorkerLost: ((error: StreamInferError) => void) | undefined;
  /**
   * The images that go with an event, made of 784 pixels and the label to explain, when no batch wants the worker. Rejects
   * as `classify` does.
   */
  derive(pixels: Uint8Array, label: number): Promise<DerivedImages>;
  /** Share of the workers' time that was work since the call before, 0–1. */
  utilization(): number;
  /** Ends the workers. Batches still in work are rejected with NOT_READY. */
  close(): Promise<void>;
}

/**
 * Reads the model and starts the workers; resolves when all of them reproduce the golden vectors and are warm.
 * Rejects with MODEL_MISSING (also of what int8 needs), MODEL_CORRUPT, INT8_INACCURATE, FILE_UNREADABLE, RUNTIME_UNAVAILABLE
 * or USAGE (a runtime without that precision), and leaves nothing running then.
 */
export async function createPool(options: PoolOptions): Promise<InferencePool> {
  return await startPool(await readModelFiles(options.modelDir), options);
}

/** The same for a model that was read before. */
export async function startPool(
  files: ModelFiles,
  options: Omit<PoolOptions, 'modelDir'>,
): Promise<InferencePool> {
  oneThreadPerWorker();
  const events: { onWorkerLost: InferencePool['onWorkerLost'] } = { onWorkerLost: undefined };
  const { threads, runtime, precision } = await startFastest(options.runtime, {
    file: options.workerFile ?? workerFile(),
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
  return new WorkerPool(threads, identity, shapeOf(files), files.manifest, options, events);
}

/** The main thread's, which the columns of batches are on. */
const CLOCK_START = clockStart();

class WorkerPool implements InferencePool {
  readonly baseline: InferencePool['baseline'];
  readonly history: InferencePool['history'];
  readonly parallelism: number;
  readonly workers: number;
  readonly #meter: BusyMeter;

  constructor(
    private readonly threads: WorkerThreads,
    readonly model: ModelIdentity,
    readonly shape: ModelShape,
    manifest: Pick<ModelFiles['manifest'], 'baseline' | 'history'>,
    private readonly options: Pick<PoolOptions, 'workers' | 'taskTimeoutMs'>,
    private readonly events: { onWorkerLost: InferencePool['onWorkerLost'] },
  ) {
    this.parallelism = this.workers = options.workers;
    this.baseline = manifest.baseline;
    this.history = manifest.history;
    this.#meter = new BusyMeter(options.workers);
  }

  get onWorkerLost(): InferencePool['onWorkerLost'] {
    return this.events.onWorkerLost;
  }

  set onWorkerLost(listener: InferencePool['onWorkerLost']) {
    this.events.onWorkerLost = listener;
  }

  /**
   * Besides WORKER_CRASH and WORKER_TIMEOUT it rejects with OVERLOADED (far more batches than workers were handed in),
   * NOT_READY (closed) and RUNTIME_UNAVAILABLE (no worker can be started any more: end the process). The batch's
   * buffers stay the caller's.
   */
  async classify(batch: PackedBatch): Promise<BatchResult> {
    const reply = await this.#run({ kind: 'batch', batch, clockStart: batch.clockStart ?? CLOCK_START });
    if (reply.kind === 'batch') return toResult(reply, this.shape, this.model);
    throw wrongAnswer(reply);
  }

  async derive(pixels: Uint8Array, label: number): Promise<DerivedImages> {
    const reply = await this.#run({ kind: 'derive', pixels, label });
    if (reply.kind === 'derived') return { enlarged: reply.enlarged, occlusion: reply.occlusion };
    throw wrongAnswer(reply);
  }

  utilization(): number {
    return this.#meter.share();
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
  const message = 'message' in reply ? `The model failed: ${reply.message}` : 'A worker gave a wrong answer.';
  return new StreamInferError('WORKER_CRASH', message);
}

/**
 * TensorFlow starts threads of its own, one a core, which would only get into the way of the other workers. It reads these
 * when it starts in the first worker; who has set them knows better.
 */
function oneThreadPerWorker(): void {
  for (const variable of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS']) {
    process.env[variable] ??= '1';
  }
}

/** From the columns of a worker's reply. */
export function toResult(reply: BatchReply, shape: ModelShape, model: ModelIdentity): BatchResult {
  const size = pixelsOf(shape);
  const failures = new Map<number, Rejection>();
  for (const { index, code, message } of reply.refused) {
    failures.set(index, { code, message, stage: 'decode', attempts: 1 });
  }
  const decoded = new Map<number, Decoded>();
  for (const [slot, { index, ...about }] of reply.decoded.entries()) {
    const pixels = reply.decodedPixels.subarray(slot * size, (slot + 1) * size);
    decoded.set(index, { pixels, ...about });
  }
  const { probabilities, inferenceMs, pixelSums, predictions } = reply;
  return { probabilities, failures, decoded, inferenceMs, model, pixelSums, predictions };
}
