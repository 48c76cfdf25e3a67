import { spawn } from 'node:child_process';

/** SIGHUP is sent when the terminal closes. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const FORCED_EXIT_CODES = { SIGINT: 130, SIGTERM: 1, SIGHUP: 1 } as const;

export interface StopSignals {
  /** Aborts on the first signal, for an orderly stop. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/** Functions that start an orderly stop without a signal or a log line. */
const orderlyStops = new Set<() => void>();

/** Like a first signal, but without a log line. False if there is nothing to stop. */
export function stopQuietly(): boolean {
  for (const stop of orderlyStops) stop();
  return orderlyStops.size > 0;
}

/** The first signal aborts `signal`. The second one exits immediately and acknowledges nothing more. */
export function listenForStop(onFirst: (name: string) => void): StopSignals {
  const controller = new AbortController();
  const handler = (name: (typeof SIGNALS)[number]) => {
    if (controller.signal.aborted) return forceExit(FORCED_EXIT_CODES[name]);
    onFirst(name);
    controller.abort();
  };
  const stop = () => controller.abort();
  for (const name of SIGNALS) process.on(name, handler);
  orderlyStops.add(stop);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, handler);
      orderlyStops.delete(stop);
    },
  };
}

/**
 * Exits without waiting. `process.exit()` itself can hang while a pool thread is inside librdkafka. The event loop is
 * gone by then, so a child process kills this one.
 */
export function forceExit(code: number): never {
  spawn('sh', ['-c', `sleep 3; kill -9 ${process.pid} 2>/dev/null`], {
    detached: true,
    stdio: 'ignore',
  }).unref();
  process.exit(code);
}
