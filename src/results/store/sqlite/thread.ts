import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { serve } from './serve';
import type { StoreSettings } from '../protocol';

/** Lower priority than the main thread and the workers. On Linux it applies to this thread only. */
const NICENESS = 19;
/** Rest after each chunk, as a multiple of its writing time: the thread uses at most a fifth of a core. */
const REST = 4;
/** A full chunk takes about 20 ms of a core. If it took much longer, the thread has already waited for the others. */
const MAX_REST_MS = 100;

const settings = workerData as StoreSettings;
if (settings.alone !== true) standBack();

void serve(parentPort as MessagePort, settings, (busyMs) => sleep(Math.min(MAX_REST_MS, busyMs * REST)));

/** Leaves the cores to the threads that classify. */
function standBack(): void {
  try {
    os.setPriority(0, NICENESS);
  } catch {
    // Not permitted or not supported on this system: the rests must suffice.
  }
}
