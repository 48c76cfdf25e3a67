import { SILENT_LOG } from '../helpers/services';
import { Reach } from '../../src/brokers/reach';
import { recordingLog } from '../helpers/log';

const LOST = 'warn Kafka does not answer; retrying';
const BACK = 'info Kafka answers again';
/** A return that lasts so long is reported, ms. */
const LASTING = 5_000;
const [source, sink] = [{}, {}];

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('notifies the listeners of the first loss only', () => {
  const reach = new Reach('Kafka', SILENT_LOG);
  let losses = 0;
  const remove = reach.onLoss(() => losses++);
  reach.lost(source, 'silent');
  reach.lost(sink, 'silent');
  expect(losses).toBe(1);
  reach.answered(source);
  reach.answered(sink);
  reach.lost(sink, 'silent');
  expect(losses).toBe(2);
  remove();
  reach.answered(sink);
  reach.lost(sink, 'silent');
  expect(losses).toBe(2);
});

it('warns once for all clients of a broker, and reports the return of the last one', () => {
  const { log, lines } = recordingLog();
  const reach = new Reach('Kafka', log);
  let returns = 0;
  const remove = reach.onReturn(() => returns++);
  reach.answered(source);
  reach.lost(source, 'refused');
  reach.lost(sink, 'no broker');
  reach.lost(source, 'another reason');
  expect(reach.outage).toMatchObject({ reason: 'refused' });
  expect(Date.now() - (reach.outage?.since ?? 0)).toBeLessThan(10_000);
  reach.answered(sink);
  expect([lines, returns]).toEqual([[LOST], 0]);
  reach.answered(source);
  reach.answered(source);
  expect([lines, returns, reach.outage]).toEqual([[LOST], 1, null]);
  jest.advanceTimersByTime(LASTING);
  expect(lines).toEqual([LOST, BACK]);
  remove();
  reach.lost(source, 'refused');
  reach.answered(source);
  jest.advanceTimersByTime(LASTING);
  expect([lines, returns]).toEqual([[LOST, BACK, LOST, BACK], 1]);
});

it('continues an outage whose end does not last', () => {
  const { log, lines } = recordingLog();
  const reach = new Reach('Kafka', log);
  reach.lost(source, 'refused');
  const since = reach.outage?.since;
  jest.advanceTimersByTime(20_000);
  reach.answered(source);
  expect(reach.outage).toBeNull();
  jest.advanceTimersByTime(LASTING - 1);
  reach.lost(sink, 'it leaves requests unanswered');
  expect(reach.outage).toEqual({ since, reason: 'it leaves requests unanswered' });
  jest.advanceTimersByTime(LASTING);
  expect(lines).toEqual([LOST]);
  reach.answered(sink);
  jest.advanceTimersByTime(LASTING);
  expect(lines).toEqual([LOST, BACK]);
});

it('reports a return when its client ends before it has lasted', () => {
  const { log, lines } = recordingLog();
  const reach = new Reach('Kafka', log);
  reach.lost(source, 'refused');
  reach.answered(source);
  reach.forget(source);
  jest.advanceTimersByTime(LASTING);
  expect(lines).toEqual([LOST, BACK]);
});

it('ends an outage without a word when the only client that noticed it is closed', () => {
  const { log, lines } = recordingLog();
  const reach = new Reach('Kafka', log);
  reach.lost(sink, 'refused');
  reach.forget(source);
  expect(reach.outage).not.toBeNull();
  reach.forget(sink);
  expect([lines, reach.outage]).toEqual([[LOST], null]);
});

it('reports no outage while something else keeps all clients away', () => {
  const { log } = recordingLog();
  let isBlameless = false;
  const reach = new Reach('Kafka', log, () => isBlameless);
  reach.lost(source, 'refused');
  isBlameless = true;
  expect(reach.outage).toBeNull();
  isBlameless = false;
  expect(reach.outage).toMatchObject({ reason: 'refused' });
});

it('knows for a while that a broker has just returned', () => {
  const { log } = recordingLog();
  const reach = new Reach('Kafka', log);
  const now = jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
  expect(reach.hasJustReturned).toBe(false);
  reach.lost(source, 'refused');
  expect(reach.hasJustReturned).toBe(false);
  reach.answered(source);
  expect(reach.hasJustReturned).toBe(true);
  now.mockReturnValue(1_020_000);
  expect(reach.hasJustReturned).toBe(false);
  now.mockRestore();
});
