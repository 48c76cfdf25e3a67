import type { Operator } from '../../src/core/steering';
import { Intake } from '../../src/pipeline/intake';
import { AuditLog } from '../../src/steering/audit-log';
import { StreamSteering } from '../../src/steering/stream-steering';
import { SILENT_LOG } from '../helpers/services';

const ANNA: Operator = { by: 'anna', via: 'ctl', address: '127.0.0.1', reason: 'labels are wrong' };
const BEN: Operator = { by: 'ben', via: 'page', address: null, reason: '' };

function steered({ started = true, stopping = false } = {}) {
  const calls: string[] = [];
  const pausing = {
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    limitLeases: (most: number) => calls.push(`lease ${most}`),
  };
  const pipeline = { intake: new Intake(undefined, () => undefined), inFlight: { messages: 3, bytes: 9 } };
  const steering = new StreamSteering({
    audit: new AuditLog(null, SILENT_LOG),
    stream: () => (started ? { pipeline, source: { pausing } } : null),
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
    isStopping: () => false,
    drain: () => undefined,
    maxLeased: () => 1,
    log: SILENT_LOG,
  });
  expect(() => steering.pause(ANNA)).toThrow('audit log /proc/no/audit.log cannot be written');
  expect(pipeline.intake.held).toBe(false);
});
