import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { serve } from './serve';
import type { StoreSettings } from './protocol';

/** Behind the main thread and the workers: what the store takes is what they leave. On Linux this is only this thread. */
const NICENESS = 19;
/** After each chunk the thread rests for so many times as long as it took, so that it never has more than a fifth of a core. */
const REST = 4;
/** A full chunk takes some 20 ms of a core. If it took much longer, the others were busy, and the thread has waited enough. */
const MAX_REST_MS = 100;

const settings = workerData as StoreSettings;
if (settings.alone !== true) standBack();

void serve(parentPort as MessagePort, settings, (busyMs) => sleep(Math.min(MAX_REST_MS, busyMs * REST)));

function standBack(): void {
  try {
    os.setPriority(0, NICENESS);
  } catch {
    // Not allowed or not known on this system: then resting has to do.
  }
}
