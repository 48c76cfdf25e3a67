import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait between two looks at the clock, ms. */
const TICK_MS = 1;

export interface Schedule {
  /** Events a second. */
  readonly rate: number;
  /** How many. */
  readonly count: number;
  /**
   * Event `n` is due at `at` ms on the monotonic clock, for each n of `from … to` (not included). Is not awaited: an event
   * is sent when it is due, whatever became of those before it.
   */
  readonly send: (from: number, to: number) => void;
  readonly signal: AbortSignal;
}

/** When event `n` is due, ms after the start. */
export function dueAt(n: number, rate: number): number {
  return (n * 1000) / rate;
}

/** How many events are due `elapsed` ms after the start. */
export function dueBy(elapsed: number, rate: number, count: number): number {
  if (elapsed < 0) return 0;
  // The sum of many steps would drift; a product is off by a rounding, which a microsecond covers.
  return Math.min(count, Math.floor(((elapsed + 0.001) * rate) / 1000) + 1);
}

/**
 * An open loop: each event has its time from the start on, and one that is sent late because this process or the broker
 * was busy keeps it. Latencies that count from there leave nothing out (no coordinated omission).
 *
 * @param startedAt ms on the monotonic clock; event `n` is due at `startedAt + dueAt(n)`
 */
export async function runSchedule(schedule: Schedule, startedAt: number): Promise<void> {
  const { rate, count, send, signal } = schedule;
  let sent = 0;
  while (sent < count && !signal.aborted) {
    const due = dueBy(performance.now() - startedAt, rate, count);
    if (due > sent) send(sent, due);
    sent = Math.max(sent, due);
    const untilNext = startedAt + dueAt(sent, rate) - performance.now();
    if (sent < count) await sleep(Math.max(TICK_MS, untilNext), undefined, { signal }).catch(() => undefined);
  }
}
