import { spawn } from 'node:child_process';

/** SIGHUP comes when the terminal closes. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const FORCED_EXIT_CODES = { SIGINT: 130, SIGTERM: 1, SIGHUP: 1 } as const;

export interface StopSignals {
  /** Aborts on the first signal: stop gently. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/** What ends gently in this process, without a signal and without a word. */
const gentle = new Set<() => void>();

/** As a first signal does, but quietly. False if nothing here can be stopped. */
export function stopQuietly(): boolean {
  for (const stop of gentle) stop();
  return gentle.size > 0;
}

/** First of the signals: `signal` aborts. Second: the process ends at once, with nothing further settled. */
export function listenForStop(onFirst: (name: string) => void): StopSignals {
  const controller = new AbortController();
  const handler = (name: (typeof SIGNALS)[number]) => {
    if (controller.signal.aborted) return forceExit(FORCED_EXIT_CODES[name]);
    onFirst(name);
    controller.abort();
  };
  const stop = () => controller.abort();
  for (const name of SIGNALS) process.on(name, handler);
  gentle.add(stop);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, handler);
      gentle.delete(stop);
    },
  };
}

/**
 * Ends the process without waiting for anything. `process.exit()` itself can hang while a pool thread sits inside
 * librdkafka, and the event loop is gone by then: another process has the last word.
 */
export function forceExit(code: number): never {
  spawn('sh', ['-c', `sleep 3; kill -9 ${process.pid} 2>/dev/null`], {
    detached: true,
    stdio: 'ignore',
  }).unref();
  process.exit(code);
}
