import { StreamInferError, messageOf } from '../core/errors';
import { isolateFailures } from '../pipeline/isolation';
import type { Classifier } from '../core/classification';
import { createPool } from '../inference/pool';
import { createLogger } from '../setup/logger';
import type { FromChild, QuarantineSettings, ToChild } from './quarantine-protocol';

/**
 * Entry point of the quarantine's child process: one worker thread like the parent's, one image at a time. An image that
 * kills or hangs only the worker is a failure in the result. The parent detects the death of the process.
 */
let classifier: Classifier | undefined;

// Ctrl-C and service managers signal all processes; exiting now would look like a crash by the image.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// The parent has exited. SIGKILL, because a worker may hang in native code.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToChild) => {
  void answer(message).then((reply) => process.send?.(reply));
});

async function answer(message: ToChild): Promise<FromChild> {
  return message.kind === 'settings' ? await start(message.settings) : await classify(message.image);
}

async function start(settings: QuarantineSettings): Promise<FromChild> {
  try {
    const log = createLogger(settings.log, 'stream-infer quarantine');
    const pool = await createPool({ ...settings.pool, workers: 1, maxBatch: 1, log });
    classifier = isolateFailures(pool, { attempts: 1, log });
    return { kind: 'ready' };
  } catch (error) {
    const { code, message } = StreamInferError.from(error, 'RUNTIME_UNAVAILABLE');
    return { kind: 'unusable', code, message };
  }
}

async function classify(image: Parameters<Classifier['classify']>[0]): Promise<FromChild> {
  if (classifier === undefined) return { kind: 'failed', message: 'the child process has no model yet' };
  try {
    return { kind: 'result', result: await classifier.classify(image) };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  }
}
