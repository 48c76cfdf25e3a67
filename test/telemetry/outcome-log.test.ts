import type { Log } from '../../src/core/ports';
import type { DeadLetterOutcome, Outcome } from '../../src/core/prediction';
import { OutcomeLog } from '../../src/telemetry/outcome-log';
import { createOutcome, SILENT_LOG } from '../helpers/services';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

function logged(outcomes: readonly Outcome[], slowMs?: number): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const add: Log['info'] = (fields, message) => void lines.push({ ...fields, message });
  const outcomeLog = new OutcomeLog({ slowMs, level: 'info', log: { ...SILENT_LOG, info: add, warn: add } });
  for (const outcome of outcomes) outcomeLog.onOutcomes([outcome], 5);
  return lines;
}

function deadLetter(index = 0): DeadLetterOutcome {
  const { delivery } = createOutcome({ index });
  const headers = [['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`]] as const;
  const rejection = { code: 'CORRUPT', message: 'cut off', stage: 'decode', attempts: 1 } as const;
  return { kind: 'dead letter', delivery: { ...delivery, headers }, rejection };
}

function received(msAgo: number): Outcome {
  const outcome = createOutcome();
  return { ...outcome, delivery: { ...outcome.delivery, receivedAt: performance.now() - msAgo } };
}

describe('the log of outcomes', () => {
  it('has the source id and the trace id of each dead letter', () => {
    expect(logged([createOutcome(), deadLetter()])).toEqual([
      {
        sourceId: 'images/0/0',
        traceId: TRACE,
        code: 'CORRUPT',
        error: 'cut off',
        stage: 'decode',
        attempts: 1,
        message: 'message became a dead letter',
      },
    ]);
  });

  it('has ten lines of a flood, and then says how many it left out', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const lines: object[] = [];
      const log: Log = { ...SILENT_LOG, debug: (fields) => void lines.push(fields) };
      const outcomeLog = new OutcomeLog({ slowMs: undefined, level: 'debug', log });
      const flood = Array.from({ length: 25 }, (_, i) => deadLetter(i));
      outcomeLog.onOutcomes(flood, 1);
      expect(lines).toHaveLength(10);
      jest.advanceTimersByTime(60_000);
      outcomeLog.onOutcomes([deadLetter(), deadLetter()], 1);
      expect(lines).toHaveLength(12);
      expect(lines[10]).toMatchObject({ unlogged: 15 });
      expect(lines[11]).not.toHaveProperty('unlogged');
    } finally {
      jest.useRealTimers();
    }
  });

  it('has slow messages with their times, if that is asked for', () => {
    const [line, ...others] = logged([received(5_000), received(10)], 1_000);
    expect(others).toEqual([]);
    expect(line).toMatchObject({ sourceId: 'images/0/0', queueMs: 1, inferenceMs: 2, publishMs: 5 });
    expect(line?.['totalMs']).toBeGreaterThanOrEqual(5_000);
    expect(logged([received(5_000)])).toEqual([]);
  });
});
