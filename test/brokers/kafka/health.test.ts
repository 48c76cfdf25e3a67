import { Health } from '../../../src/brokers/kafka/health';

const UP = { brokers: { a: { nodeid: 1, state: 'UP' } } };
const GONE = { brokers: { a: { nodeid: 1, state: 'DOWN' } } };

describe('the health of a Kafka client', () => {
  it('comes back with the connection when the broker was away', () => {
    const health = new Health('x:9092');
    health.onStatistics(GONE);
    expect(health.status().reason).toContain('x:9092 does not answer');
    health.onStatistics(UP);
    expect(health.status()).toEqual({ state: 'up' });
  });

  it('stays bad while the broker refuses, connected or not, until it takes something', () => {
    const health = new Health('x:9092');
    health.onError({ code: 29, message: 'Broker: Topic authorization failed' });
    health.onStatistics(UP);
    expect(health.status().reason).toBe('Kafka at x:9092 refuses: Broker: Topic authorization failed');
    health.onAnswer();
    expect(health.status()).toEqual({ state: 'up' });
  });
});
