import os from 'node:os';
import { workerData as piscinaWorkerData } from 'piscina';
import type { WorkerReply, WorkerSettings, WorkerTask } from './protocol';
import { StartTurns, type Step } from './start-turns';

/** Lower than the main thread, so that HTTP and the broker's heartbeats go first. On Linux this is only this thread. */
const NICENESS = 10;

/**
 * The file that Piscina runs in each worker thread. Piscina waits for the promise and calls the handler for each task.
 * It holds nothing but the way to the rest, which is read in the worker's turn.
 */
export default start(piscinaWorkerData as WorkerSettings);

async function start(
  settings: WorkerSettings,
): Promise<(task: WorkerTask) => WorkerReply | Promise<WorkerReply>> {
  lowerPriority();
  const load = async (step: Step) => {
    const { createHandler } = await step(() => import('./worker-handler.js'));
    return await createHandler(settings, step);
  };
  return settings.turns === undefined
    ? await load(async (work) => await work())
    : await new StartTurns(settings.turns).take(load);
}

function lowerPriority(): void {
  try {
    os.setPriority(0, NICENESS);
  } catch {
    // Not allowed or not known on this system: then everything runs at the same priority.
  }
}
