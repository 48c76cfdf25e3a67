import { clockStart } from '../../src/inference/clock';

describe('the start of a thread’s clock', () => {
  it('is right although the thread is suspended between most readings', () => {
    let machine = 5_000;
    let readings = 0;
    const machineMs = () => machine;
    const threadMs = () => {
      if (++readings % 10 !== 0) machine += 0.8;
      return machine - 1_234;
    };
    expect(clockStart(machineMs, threadMs)).toBeCloseTo(1_234, 9);
  });

  it('is the same at each call', () => {
    const starts = Array.from({ length: 1_000 }, () => clockStart());
    expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(0.05);
  });
});
