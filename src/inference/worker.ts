import os from 'node:os';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { workerData as piscinaWorkerData } from 'piscina';
import { PredictionWriter } from '../codec/prediction-writer';
import { StreamInferError, messageOf } from '../core/errors';
import { pixelsOf, type ModelShape } from '../core/model-shape';
import { deriveImages } from './derive';
import { identityOf } from './identity';
import { shapeOf } from '../models/files/model';
import type { WorkerReply, WorkerSettings, WorkerTask } from './protocol';
import type { ModelRuntime } from './runtimes/runtime';
import { transferring } from './transfer';
import { runBatch, type BatchModel } from './worker-batch';
import { loadWorkerRuntime } from './worker-runtime';

type Handler = (task: WorkerTask) => WorkerReply | Promise<WorkerReply>;

/** Lower than the main thread, so that HTTP and the broker's heartbeats go first. On Linux this is only this thread. */
const NICENESS = 10;

/**
 * The file that Piscina runs in each worker thread. Piscina waits for the promise and calls the handler for each task.
 * It never rejects: a worker that throws while it loads would leave its tasks waiting for ever.
 */
export default start(piscinaWorkerData as WorkerSettings);

export async function start(settings: WorkerSettings): Promise<Handler> {
  try {
    lowerPriority();
    const { runtime, reason } = await loadWorkerRuntime(settings);
    const { files, invert, maxBatch } = settings;
    const shape = shapeOf(files);
    const writer = new PredictionWriter(identityOf(files, runtime.name, runtime.precision), shape.labels);
    await warmUp(runtime, maxBatch, shape);
    const model = { runtime, invert, shape, writer };
    const ready = { kind: 'ready', precision: runtime.precision, reason } as const;
    return (task) => (task.kind === 'hello' ? ready : handle(model, maxBatch, task));
  } catch (error) {
    const { code, message } = StreamInferError.from(error, 'RUNTIME_UNAVAILABLE');
    return () => ({ kind: 'unusable', code, message });
  }
}

/**
 * Node gives the image decoder's memory back in a turn of the event loop, and Piscina, which waits for tasks by
 * Atomics.wait, has none between them: without a turn of our own a busy worker grows by some KB an image, for ever.
 */
async function handle(
  model: BatchModel,
  maxBatch: number,
  task: Exclude<WorkerTask, { kind: 'hello' }>,
): Promise<WorkerReply> {
  try {
    if (task.kind === 'derive') {
      const derived = await deriveImages(model.runtime, task, maxBatch);
      await turnOfTheLoop();
      return derived;
    }
    const reply = await runBatch(model, task.batch, task.clockStart);
    if (reply.decoded.length + reply.refused.length > 0) await turnOfTheLoop();
    return transferring(reply);
  } catch (error) {
    return { kind: 'threw', message: messageOf(error) };
  }
}

/** The first call of each size compiles and allocates; that must not happen to the first image of a user. */
async function warmUp(runtime: ModelRuntime, maxBatch: number, shape: ModelShape): Promise<void> {
  for (const n of [1, maxBatch]) await runtime.predict(new Uint8Array(n * pixelsOf(shape)), n);
}

function lowerPriority(): void {
  try {
    os.setPriority(0, NICENESS);
  } catch {
    // Not allowed or not known on this system: then everything runs at the same priority.
  }
}
