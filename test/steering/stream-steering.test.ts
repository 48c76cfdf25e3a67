import type { SeekMove, SeekTarget } from '../../src/core/seek';
import type { Operator } from '../../src/core/steering';
import { Intake } from '../../src/pipeline/intake';
import { AuditLog } from '../../src/steering/audit-log';
import { StreamSteering } from '../../src/steering/stream-steering';
import { SILENT_LOG } from '../helpers/services';

const MOVES: readonly SeekMove[] = [{ topic: 'images', partition: 0, from: 9, to: 2 }];
const moved = async (_target: SeekTarget): Promise<readonly SeekMove[]> => MOVES;
const workers = {
  state: () => ({ now: 2, most: 4, mode: 'auto' as const }),
  set: async (n: number | 'auto') => (n === 'auto' ? 2 : n),
};
const ANNA: Operator = { by: 'anna', via: 'ctl', address: '127.0.0.1', reason: 'labels are wrong' };
const BEN: Operator = { by: 'ben', via: 'page', address: null, reason: '' };

function steered({ started = true, stopping = false, seek = moved } = {}) {
  const calls: string[] = [];
  const pausing = {
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    limitLeases: (most: number) => calls.push(`lease ${most}`),
  };
  const pipeline = { intake: new Intake(undefined, () => undefined), inFlight: { messages: 3, bytes: 9 } };
  const steering = new StreamSteering({
    audit: new AuditLog(null, SILENT_LOG),
    stream: () => (started ? { pipeline, source: { pausing, seek } } : null),
    seekMs: 40,
    workers,
    isStopping: () => stopping,
    drain: () => calls.push('drain'),
    maxLeased: (rate) => rate ?? 99,
    log: SILENT_LOG,
  });
  return { steering, pipeline, calls };
}

it('pauses once, says who did it, and resumes', () => {
  const { steering, pipeline, calls } = steered();
  const paused = steering.pause(ANNA);
  expect(paused).toMatchObject({ state: 'paused', inFlight: 3, paused: { by: 'anna', reason: ANNA.reason } });
  expect(steering.pause(BEN).paused).toEqual(paused.paused);
  expect([pipeline.intake.held, calls]).toEqual([true, ['pause']]);
  expect(steering.resume(BEN)).toMatchObject({ state: 'running', paused: null });
  expect([pipeline.intake.held, calls]).toEqual([false, ['pause', 'resume']]);
  expect(steering.history(2).map(({ by, result }) => [by, result])).toEqual([
    ['ben', 'resumed'],
    ['ben', 'was paused by anna already'],
  ]);
  expect(steering.history(9, 2)).toMatchObject([{ number: 1, action: 'pause', outcome: 'done', by: 'anna' }]);
});

it('limits the rate and what is leased, and lifts the limit', () => {
  const { steering, calls } = steered();
  expect(steering.setRate(ANNA, 5).rate).toBe(5);
  expect(steering.setRate(ANNA, null).rate).toBeNull();
  expect(calls).toEqual(['lease 5', 'lease 99']);
  expect(steering.history(9).map(({ result }) => result)).toEqual([
    '5 images/s → no limit',
    'no limit → 5 images/s',
  ]);
});

it('changes the workers, and records their number', async () => {
  const { steering } = steered();
  expect(await steering.setWorkers(ANNA, 3)).toMatchObject({ workers: { now: 2, most: 4 } });
  await steering.setWorkers(BEN, 'auto');
  expect(steering.history(9)).toMatchObject([
    { detail: 'auto', result: '2, following the utilization', by: 'ben' },
    { detail: '3', result: '3 workers', by: 'anna' },
  ]);
});

it('changes nothing after a drain began, before the start, and while the process stops', () => {
  const { steering, calls } = steered();
  expect(steering.drain(ANNA).state).toBe('draining');
  expect(() => steering.pause(BEN)).toThrow('being drained');
  expect(() => steered({ started: false }).steering.pause(BEN)).toThrow('has not started');
  expect(() => steered({ stopping: true }).steering.resume(BEN)).toThrow('being drained');
  expect(calls).toEqual(['drain']);
});

it('changes nothing that cannot be recorded', () => {
  const { pipeline } = steered();
  const steering = new StreamSteering({
    audit: new AuditLog('/proc/no/audit.log', SILENT_LOG),
    stream: () => ({ pipeline, source: {} }),
    workers,
    isStopping: () => false,
    drain: () => undefined,
    maxLeased: () => 1,
    log: SILENT_LOG,
  });
  expect(() => steering.pause(ANNA)).toThrow('audit log /proc/no/audit.log cannot be written');
  expect(pipeline.intake.held).toBe(false);
});

describe('a seek', () => {
  /** The pipeline looks for room, and its messages in flight end. */
  const quieten = ({ pipeline }: ReturnType<typeof steered>): void => {
    expect(pipeline.intake.room()).toBe(0);
    pipeline.inFlight.messages = 0;
  };

  it('waits until nothing is in flight, and the stream continues as it was', async () => {
    const seek = jest.fn(moved);
    const stage = steered({ seek });
    stage.steering.pause(ANNA);
    const sought = stage.steering.seek(BEN, '2');
    expect([seek.mock.calls.length, stage.steering.state().seeking]).toEqual([0, true]);
    quieten(stage);
    expect(await sought).toMatchObject({ state: 'paused', moves: MOVES, seeking: false });
    expect(seek).toHaveBeenCalledWith({ at: 'offset', offset: 2 });
    expect(stage.pipeline.intake.held).toBe(true);
    stage.steering.resume(ANNA);
    expect(stage.pipeline.intake.held).toBe(false);
    expect(stage.steering.history(9)[1]).toMatchObject({
      detail: '2',
      result: 'images/0: 9 → 2',
      outcome: 'done',
    });
  });

  it('changes nothing while messages in flight do not end, and refuses a second one meanwhile', async () => {
    const stage = steered();
    const late = stage.steering.seek(ANNA, 'earliest');
    await expect(stage.steering.seek(BEN, 'latest')).rejects.toMatchObject({ code: 'STEERING_BUSY' });
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(stage.pipeline.intake.held).toBe(false);
    expect(stage.steering.history(9)).toMatchObject([{ outcome: 'failed', action: 'seek', by: 'anna' }]);
  });

  it('releases the stream when the broker refuses or never answers', async () => {
    for (const seek of [() => Promise.reject(new Error('no')), () => new Promise<never>(() => undefined)]) {
      const stage = steered({ seek });
      const sought = stage.steering.seek(ANNA, '2h');
      quieten(stage);
      await expect(sought).rejects.toThrow(/^no$|did not answer/);
      expect([stage.pipeline.intake.held, stage.steering.state().seeking]).toEqual([false, false]);
    }
  });

  it.each(['', 'x', '-1', '0:1,0:2', 'snapshot:', '2999-01-01', '99999999999999999999'])(
    'refuses the position %j before anything happens',
    async (to) => {
      const { steering } = steered();
      await expect(steering.seek(ANNA, to)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      expect(steering.history(9)).toEqual([]);
    },
  );
});
