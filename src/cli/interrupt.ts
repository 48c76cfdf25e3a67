export interface Interrupt {
  readonly signal: AbortSignal;
  /** Ctrl-C ends the process again. */
  release(): void;
}

/** The first Ctrl-C aborts the signal; the second one ends the process. */
export function createInterrupt(): Interrupt {
  const controller = new AbortController();
  const onInterrupt = (): void => controller.abort();
  process.once('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => void process.off('SIGINT', onInterrupt) };
}
