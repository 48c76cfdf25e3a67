import { setTimeout as sleep } from 'node:timers/promises';

/** Minimum wait between two checks of the clock, ms. */
const TICK_MS = 1;

export interface Schedule {
  /** Events/s. */
  readonly rate: number;
  /** Number of events. */
  readonly count: number;
  /**
   * Sends the events `from … to` (exclusive). Not awaited: an event is sent when it is due, whatever happened
   * to earlier ones.
   */
  readonly send: (from: number, to: number) => void;
  readonly signal: AbortSignal;
}

/** Due time of event `n`, ms after the start. */
export function dueAt(n: number, rate: number): number {
  return (n * 1000) / rate;
}

/** Number of events due `elapsed` ms after the start. */
export function dueBy(elapsed: number, rate: number, count: number): number {
  if (elapsed < 0) return 0;
  // A sum of many steps would drift. The rounding error of a product is below a microsecond.
  return Math.min(count, Math.floor(((elapsed + 0.001) * rate) / 1000) + 1);
}

/**
 * Open loop: an event sent late, because this process or the broker was busy, keeps its scheduled time.
 * Latencies measured from it have no coordinated omission.
 *
 * @param startedAt on the monotonic clock, ms; event `n` is due at `startedAt + dueAt(n)`
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
