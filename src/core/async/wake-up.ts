/** Lets one caller wait until it is woken, a time is over, or a signal aborts. */
export class WakeUp {
  #wake: (() => void) | undefined;

  /** One caller at a time. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }

  /** Has no effect while nobody waits. */
  wake(): void {
    this.#wake?.();
  }
}
