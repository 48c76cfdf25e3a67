import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts after `ms`, or with `signal`. Not `AbortSignal.timeout(ms)`: as part of an `AbortSignal.any`, wherever
 * that is made, nothing holds it, so that the garbage collector takes it and it never aborts (Node 20).
 */
export function deadline(ms: number, signal?: AbortSignal): AbortSignal {
  const over = new AbortController();
  // As many may wait for it as there are partitions.
  setMaxListeners(0, over.signal);
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    over.abort();
  };
  const timer = setTimeout(end, ms).unref();
  if (signal?.aborted) end();
  else signal?.addEventListener('abort', end);
  return over.signal;
}
