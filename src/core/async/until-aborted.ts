import { StreamInferError } from '../errors';

/**
 * Rejects with ABORTED as soon as `signal` aborts; `work` itself continues and its failure is ignored. Unlike a
 * `Promise.race` with a promise of the signal, it leaves nothing behind on a signal that outlives the work.
 *
 * @param what for the error, as in "opening the sink"
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, what = 'waiting'): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new StreamInferError('ABORTED', `${what} was cancelled`));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject);
  });
}

/** Resolves when `signal` aborts. For signals that live no longer than the caller: the listener is never removed. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
