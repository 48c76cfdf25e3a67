import { stallLimit } from './limits';

describe('the limit of a stall', () => {
  it('is 10 s above the largest timeout, and names it', () => {
    expect(stallLimit({ mode: 'exactly-once', socketTimeoutMs: 60_000 })).toEqual({
      ms: 70_000,
      name: 'socket.timeout.ms',
    });
    expect(stallLimit({ mode: 'at-least-once', socketTimeoutMs: 10_000 })).toEqual({
      ms: 40_000,
      name: 'delivery.timeout.ms',
    });
  });
});
