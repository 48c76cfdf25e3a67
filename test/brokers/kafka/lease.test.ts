import { Lease } from '../../../src/brokers/kafka/lease';

describe('a lease of a partition', () => {
  it('moves its position only over what is settled without a gap', () => {
    const lease = new Lease('t', 0);
    for (const offset of [5, 6, 8]) lease.handOut(offset, 10);
    expect(lease.toStore()).toBeUndefined();
    expect(lease.settle(6, 10)).toBe(false);
    expect(lease.settle(5, 10)).toBe(true);
    expect(lease.toStore()).toEqual({ topic: 't', partition: 0, offset: 7 });
    expect(lease).toMatchObject({ unsettled: 1, bytes: 10 });
  });

  it('counts a second settle of the same delivery for nothing', () => {
    const lease = new Lease('t', 0);
    lease.handOut(0, 10);
    lease.handOut(1, 10);
    for (const offset of [1, 1, 0, 0]) lease.settle(offset, 10);
    expect(lease).toMatchObject({ unsettled: 0, bytes: 0, position: 2 });
  });

  it('ignores settles once it is lost', () => {
    const lease = new Lease('t', 0);
    lease.handOut(0, 10);
    lease.state = 'lost';
    expect(lease.settle(0, 10)).toBe(false);
    expect(lease.position).toBeUndefined();
  });

  it('is drained when everything out is settled, or when time is up', async () => {
    const lease = new Lease('t', 0);
    lease.handOut(0, 10);
    const drained = lease.drain(new AbortController().signal);
    expect(lease.state).toBe('draining');
    lease.settle(0, 10);
    await drained;
    lease.handOut(1, 10);
    await lease.drain(AbortSignal.timeout(10));
    expect(lease.unsettled).toBe(1);
  });
});
