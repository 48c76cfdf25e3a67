/** Runs `work` with a signal that aborts after `ms`, or with `signal`. Nothing of it stays on a signal that lives longer. */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const timer = setTimeout(end, ms);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end);
  try {
    return await work(over.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
