import { ArrivalTimes } from '../../src/pipeline/arrival-times';

const at = (...times: number[]) => times.map((receivedAt) => ({ receivedAt }));
const outcomes = (...times: number[]) => at(...times).map((delivery) => ({ delivery }));

describe('the arrivals of what is in flight', () => {
  it('have no age when nothing is in flight', () => {
    expect(new ArrivalTimes().oldestMs(1_000)).toBe(0);
  });

  it('are as old as the oldest that is left, in whatever order they leave', () => {
    const arrivals = new ArrivalTimes();
    arrivals.add(at(100, 100, 250, 400));
    expect(arrivals.oldestMs(500)).toBe(400);
    arrivals.remove(outcomes(250, 100));
    expect(arrivals.oldestMs(500)).toBe(400);
    arrivals.remove(outcomes(100));
    expect(arrivals.oldestMs(500)).toBe(100);
    arrivals.remove(outcomes(400));
    expect(arrivals.oldestMs(500)).toBe(0);
  });

  it('leave nothing behind when they come together and leave in another order', () => {
    const arrivals = new ArrivalTimes();
    arrivals.add(at(1, 1, 2, 2, 1));
    arrivals.remove(outcomes(2, 1, 2, 1, 1));
    expect(arrivals.oldestMs(500)).toBe(0);
  });
});
