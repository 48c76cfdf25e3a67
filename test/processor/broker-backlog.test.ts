import { BrokerBacklog } from '../../src/processor/broker-backlog';

const lagOf = (...messages: number[]) =>
  messages.map((count, partition) => ({ topic: 'images', partition, messages: count }));

describe('the backlog in the broker', () => {
  it('is unknown before the first sample and for a broker that does not report lag', () => {
    const backlog = new BrokerBacklog();
    expect(backlog.read(0)).toBeNull();
    backlog.update([], 0, 10);
    expect(backlog.read(10)).toBeNull();
  });

  it('is the lag minus the messages in work here', () => {
    const backlog = new BrokerBacklog();
    backlog.update(lagOf(500, 700), 200, 10);
    expect(backlog.read(20)).toBe(1000);
    backlog.update(lagOf(50, 0), 200, 30);
    expect(backlog.read(40)).toBe(0);
  });

  it('becomes unknown when the latest sample is too old', () => {
    const backlog = new BrokerBacklog();
    backlog.update(lagOf(500), 0, 1_000);
    expect(backlog.read(6_000)).toBe(500);
    expect(backlog.read(6_001)).toBeNull();
  });
});
