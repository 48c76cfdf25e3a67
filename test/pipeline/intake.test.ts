import { Intake } from '../../src/pipeline/intake';

it('takes nothing while anyone holds it, and wakes the taker when the last one releases', () => {
  const onChange = jest.fn();
  const intake = new Intake(undefined, onChange);
  expect(intake.room()).toBe(Infinity);
  intake.hold('operator');
  intake.hold('seek');
  intake.release('seek');
  expect([intake.held, intake.room()]).toEqual([true, 0]);
  onChange.mockClear();
  intake.release('operator');
  expect([intake.held, intake.room(), onChange.mock.calls.length]).toEqual([false, Infinity, 1]);
});

it('changes the rate while it runs, and keeps what an unchanged one allows', () => {
  const intake = new Intake(2, () => undefined);
  intake.take(intake.room());
  intake.setRate(2);
  expect(intake.room()).toBe(0);
  intake.setRate(null);
  expect([intake.rate, intake.room()]).toEqual([null, Infinity]);
  intake.setRate(0.5);
  expect([intake.rate, intake.room()]).toEqual([0.5, 1]);
});
