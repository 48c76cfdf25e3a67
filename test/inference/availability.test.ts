import { setTimeout as sleep } from 'node:timers/promises';
import { Availability } from '../../src/inference/availability';
import { recordingLog, silentLog } from '../helpers/log';

const FAST = { firstWaitMs: 20, longestWaitMs: 40 };

describe('the circuit breaker of a model outside of this process', () => {
  it('lets one call try after the back-off, and all others when that succeeds', async () => {
    const { log, lines } = recordingLog();
    const availability = new Availability(log, FAST);
    availability.failed({ reason: 'HTTP 503' });
    expect(availability.reason).toBe('HTTP 503');
    const passed: number[] = [];
    const calls = [1, 2, 3].map((call) => availability.turn().then(() => passed.push(call)));
    await sleep(5);
    expect(passed).toEqual([]);
    await sleep(60);
    expect(passed).toEqual([1]);
    availability.succeeded();
    await Promise.all(calls);
    expect(availability.reason).toBeNull();
    expect(lines).toEqual([
      'warn model is unavailable; consumption paused',
      'info model is available again; consumption resumed',
    ]);
  });

  it('waits again, and longer, when the trial fails', async () => {
    const availability = new Availability(silentLog, { firstWaitMs: 20, longestWaitMs: 1_000 });
    availability.failed({ reason: 'first' });
    await availability.turn();
    availability.failed({ reason: 'second' });
    const started = performance.now();
    await availability.turn();
    expect(performance.now() - started).toBeGreaterThan(25);
    expect(availability.reason).toBe('second');
    availability.close();
  });

  it('waits at least for Retry-After', async () => {
    const availability = new Availability(silentLog, FAST);
    availability.failed({ reason: 'HTTP 429', retryAfterMs: 150 });
    const started = performance.now();
    await availability.turn();
    expect(performance.now() - started).toBeGreaterThan(140);
    availability.close();
  });

  it('closes by itself where no call waits to try it', async () => {
    const availability = new Availability(silentLog, FAST);
    availability.failed({ reason: 'HTTP 503' });
    await sleep(60);
    expect(availability.reason).toBeNull();
  });

  it('opens for a doubtful failure only when a second one follows', () => {
    const availability = new Availability(silentLog, FAST);
    availability.failed({ reason: 'HTTP 500', isDoubtful: true });
    expect(availability.reason).toBeNull();
    availability.succeeded();
    availability.failed({ reason: 'HTTP 500', isDoubtful: true });
    expect(availability.reason).toBeNull();
    availability.failed({ reason: 'HTTP 500', isDoubtful: true });
    expect(availability.reason).toBe('HTTP 500');
    availability.close();
  });

  it('does not let urgent calls wait, and ends all waiting ones when it is closed', async () => {
    const availability = new Availability(silentLog);
    availability.failed({ reason: 'HTTP 503', retryAfterMs: 5_000 });
    await expect(availability.turn(true)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      retryable: true,
      cause: { retryAfterMs: expect.closeTo(5_000, -2) as number },
    });
    const waiting = availability.turn();
    availability.close();
    await expect(waiting).rejects.toMatchObject({ code: 'NOT_READY' });
    await expect(availability.turn()).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});
