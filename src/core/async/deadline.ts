import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts after `ms`, or with `signal`. Not `AbortSignal.timeout(ms)`: inside an `AbortSignal.any` nothing
 * references it, so the garbage collector may remove it and it never aborts (Node 20).
 */
export function deadline(ms: number, signal?: AbortSignal): AbortSignal {
  const over = new AbortController();
  // One listener for each partition: more than Node's warning limit of 10.
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
