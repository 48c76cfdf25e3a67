import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { move, transferableSymbol, valueSymbol, workerData as piscinaWorkerData } from 'piscina';
import { PredictionWriter } from '../codec/prediction-writer';
import { StreamInferError, isStreamInferError, messageOf } from '../core/errors';
import type { Precision } from '../core/precision';
import { bytesPerImage } from '../core/model-shape';
import { deriveImages } from './derive';
import { descriptionOf, identityOf } from '../models/files/model';
import { loadChosen, type PrecisionChoice } from './choose-precision';
import { loadChecked } from './golden';
import { imagesPerCall } from './batch-splitter';
import { lowerPriority } from './lower-priority';
import type { BatchReply, WorkerReply, WorkerSettings, WorkerTask } from './protocol';
import { RunGate } from './run-gate';
import { createRuntime } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';
import { SharedChoice } from './shared-choice';
import { SharedLock } from './shared-lock';
import { runBatch, type BatchModel } from './worker-batch';

type Handler = (task: WorkerTask) => WorkerReply | Promise<WorkerReply>;

/**
 * Entry file of each Piscina worker thread. Piscina awaits the promise and calls the handler for each task.
 * It never rejects: tasks of a worker that throws while loading would wait forever.
 */
export default start(piscinaWorkerData as WorkerSettings);

export async function start(settings: WorkerSettings): Promise<Handler> {
  try {
    lowerPriority();
    const { runtime, reason } = await loadWorkerRuntime(settings);
    const { files, invert, maxBatch } = settings;
    const shape = files.shape;
    const writer = new PredictionWriter(
      identityOf(files, runtime.name, runtime.precision),
      descriptionOf(files),
    );
    const detects = files.output.objects !== undefined;
    const model = { runtime, invert: invert ?? shape.invert, shape, writer, detects };
    await warmUp(model, maxBatch);
    const ready = { kind: 'ready', precision: runtime.precision, reason } as const;
    return (task) => {
      if (task.kind === 'leave') return process.exit(0);
      return task.kind === 'hello' ? ready : handle(model, maxBatch, task);
    };
  } catch (error) {
    const { code, message } = StreamInferError.from(error, 'RUNTIME_UNAVAILABLE');
    return () => ({ kind: 'unusable', code, message });
  }
}

/**
 * Node releases the image decoder's memory in a turn of the event loop, but Piscina waits for tasks with Atomics.wait.
 * Without an extra turn here, a busy worker leaks several KB per image.
 */
async function handle(
  model: BatchModel & { readonly runtime: ModelRuntime },
  maxBatch: number,
  task: Exclude<WorkerTask, { kind: 'hello' | 'leave' }>,
): Promise<WorkerReply> {
  try {
    if (task.kind === 'derive') {
      const explained = await deriveImages(model, task, maxBatch);
      await turnOfTheLoop();
      return { kind: 'derived', explained };
    }
    if (task.kind === 'numbers') {
      const scores = await model.runtime.predictNumbers(task.numbers, task.images);
      return { kind: 'scores', scores };
    }
    const reply = await runBatch(model, task.batch, task.clockStart);
    if (reply.decoded.length + reply.refused.length > 0) await turnOfTheLoop();
    return transferring(reply);
  } catch (error) {
    const isOutput = isStreamInferError(error) && error.code === 'MODEL_UNSUPPORTED';
    return { kind: 'threw', code: isOutput ? 'OUTPUT_INVALID' : 'WORKER_CRASH', message: messageOf(error) };
  }
}

/**
 * The first call of each size compiles and allocates, which must not delay the first image of a user. Larger batches are
 * several calls, which would take minutes for a large network.
 */
async function warmUp({ runtime, shape }: BatchModel, maxBatch: number): Promise<void> {
  for (const n of [1, imagesPerCall(shape, maxBatch)])
    await runtime.predict(new Uint8Array(n * bytesPerImage(shape)), n);
}

interface WorkerRuntime {
  readonly runtime: ModelRuntime;
  /** Set by the worker that chose the precision. */
  readonly reason?: string;
}

/** Loads and checks the runtime; with the precision `auto`, the first worker of the pool chooses for all. */
async function loadWorkerRuntime(settings: WorkerSettings): Promise<WorkerRuntime> {
  const { files, precision } = settings;
  const threads = { gate: new RunGate(settings.gate), lock: new SharedLock(settings.lock) };
  const create = (one: Precision) => createRuntime(settings.runtime, one, threads);
  const load = async (one: Precision) => ({ runtime: await loadChecked(create(one), files) });
  if (precision !== 'auto') return await load(precision);
  const shared = new SharedChoice(settings.choice);
  if (!shared.claim()) return await load(shared.wait());
  const { runtime, choice } = await chooseForAll(shared, { ...settings, create });
  if (runtime.precision === choice.precision) return { runtime, reason: choice.reason };
  await runtime.dispose();
  return await load(choice.precision);
}

async function chooseForAll(
  shared: SharedChoice,
  options: Parameters<typeof loadChosen>[0],
): Promise<{ runtime: ModelRuntime; choice: PrecisionChoice }> {
  try {
    const { runtime, choice } = await loadChosen(options);
    return { runtime, choice: { ...choice, precision: shared.choose(choice.precision) } };
  } catch (error) {
    // Releases the other workers, which then report the problem themselves.
    shared.choose('fp32');
    throw error;
  }
}

/** Makes Piscina move the large arrays of a reply to the main thread instead of copying them. */
function transferring(reply: BatchReply): BatchReply {
  const { probabilities, decodedPixels, predictions } = reply;
  // Moving a buffer costs as much as copying a small one, so only the large columns are moved.
  const moved = [probabilities, decodedPixels, predictions?.json].flatMap((bytes) =>
    bytes === undefined || bytes.length === 0 ? [] : [bytes.buffer],
  );
  const envelope = { [transferableSymbol]: moved, [valueSymbol]: reply };
  // Piscina's type for `move` covers single buffers only; its documentation allows objects with these two symbols.
  return move(envelope) as unknown as BatchReply;
}
