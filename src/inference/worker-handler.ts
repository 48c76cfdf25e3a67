import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { StreamInferError, messageOf } from '../core/errors';
import { pixelsOf, type ModelShape } from '../core/model-shape';
import { deriveImages } from './derive';
import { assertGolden } from './golden';
import { shapeOf } from './model-files/model';
import type { WorkerReply, WorkerSettings, WorkerTask } from './protocol';
import { RunGate } from './run-gate';
import { createRuntime } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';
import type { Step } from './start-turns';
import { transferring } from './transfer';
import { runBatch } from './worker-batch';

type Handler = (task: WorkerTask) => WorkerReply | Promise<WorkerReply>;

/**
 * Loads the model, checks it and warms it up, step by step. It never rejects: a worker that throws while it loads would leave
 * its tasks waiting for ever.
 */
export async function createHandler(settings: WorkerSettings, step: Step): Promise<Handler> {
  try {
    const runtime = createRuntime(settings.runtime, settings.precision, new RunGate(settings.gate));
    await step(() => runtime.load(settings.files));
    await step(() => assertGolden(runtime, settings.files));
    const shape = shapeOf(settings.files);
    // The first call of each size compiles and allocates; that must not happen to the first image of a user.
    for (const n of [1, settings.maxBatch])
      await step(async () => await runtime.predict(new Uint8Array(n * pixelsOf(shape)), n));
    return (task) => handle(runtime, settings, shape, task);
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
  runtime: ModelRuntime,
  { invert, maxBatch }: WorkerSettings,
  shape: ModelShape,
  task: WorkerTask,
): Promise<WorkerReply> {
  if (task.kind === 'hello') return { kind: 'ready' };
  try {
    if (task.kind === 'derive') {
      const derived = await deriveImages(runtime, task, maxBatch);
      await turnOfTheLoop();
      return derived;
    }
    const reply = await runBatch(runtime, task.batch, invert, shape);
    if (reply.decoded.length + reply.refused.length > 0) await turnOfTheLoop();
    return transferring(reply);
  } catch (error) {
    return { kind: 'threw', message: messageOf(error) };
  }
}
