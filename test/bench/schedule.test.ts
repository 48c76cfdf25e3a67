import { dueAt, dueBy, runSchedule } from '../../src/bench/schedule';

const never = new AbortController().signal;

describe('the schedule of an open loop', () => {
  it('computes the time of each event only from its number', () => {
    expect([0, 1, 10, 1_000].map((n) => dueAt(n, 1_000))).toEqual([0, 1, 10, 1_000]);
    expect(dueAt(3, 0.5)).toBe(6_000);
  });

  it.each([1, 3, 7, 60, 999, 1_000, 48_000])('is consistent at %d events/s', (rate) => {
    for (const n of [0, 1, 2, 3, 49, 997, 12_345]) {
      expect(dueBy(dueAt(n, rate), rate, Infinity)).toBe(n + 1);
      expect(dueBy(dueAt(n, rate) - 0.01, rate, Infinity)).toBe(n);
    }
  });

  it('never has more due events than events', () => {
    expect(dueBy(60_000, 1_000, 25)).toBe(25);
    expect(dueBy(-1, 1_000, 25)).toBe(0);
  });

  it('sends each event once, in order and not before it is due', async () => {
    const startedAt = performance.now();
    const sent: number[] = [];
    const early: number[] = [];
    const send = (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        sent.push(n);
        if (performance.now() < startedAt + dueAt(n, 500) - 0.01) early.push(n);
      }
    };
    await runSchedule({ rate: 500, count: 60, send, signal: never }, startedAt);
    expect(sent).toEqual(Array.from({ length: 60 }, (_, n) => n));
    expect(early).toEqual([]);
  });

  it('sends missed events immediately after a blocked time', async () => {
    const steps: [number, number][] = [];
    const startedAt = performance.now() - 1_000;
    const send = (from: number, to: number) => void steps.push([from, to]);
    await runSchedule({ rate: 100, count: 101, send, signal: never }, startedAt);
    expect(steps[0]?.[0]).toBe(0);
    expect(steps[0]?.[1]).toBeGreaterThanOrEqual(100);
  });

  it('ends when it is stopped', async () => {
    const stop = new AbortController();
    let sent = 0;
    const send = (_from: number, to: number) => {
      sent = to;
      stop.abort();
    };
    await runSchedule({ rate: 0.01, count: 100, send, signal: stop.signal }, performance.now());
    expect(sent).toBe(1);
  });
});
