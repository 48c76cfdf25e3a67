import { Health } from '../../../src/brokers/kafka/health';
import { RecentEvent } from '../../../src/brokers/kafka/recent-event';

let answers = 0;
const up = () => ({ brokers: { a: { nodeid: 1, state: 'UP', rx: ++answers } } });
const GONE = { brokers: { a: { nodeid: 1, state: 'DOWN' } } };
const ALL_DOWN = { code: -1, message: 'all broker connections are down' };
const LINE =
  '[thrd:x:9092/1]: x:9092/1: Connect to ipv4#1.2.3.4:9092 failed: Connection refused (after 0ms in state CONNECT)';
const REFUSED = 'Kafka at x:9092,y:9092: cannot connect: Connection refused';

describe('the health of a Kafka client', () => {
  it('recovers with the connection after an outage, and reports each change once', () => {
    const told: (string | undefined)[] = [];
    const health = new Health({ address: 'x:9092', onChange: ({ reason }) => told.push(reason) });
    health.onStatistics(GONE);
    health.onStatistics(GONE);
    expect(health.status().reason).toContain('x:9092 does not answer');
    health.onStatistics(up());
    health.onStatistics(up());
    expect(health.status()).toEqual({ state: 'up' });
    expect(told).toEqual([expect.stringContaining('does not answer'), undefined]);
  });

  it('stays bad while the broker refuses, connected or not, until it takes something', () => {
    const health = new Health({ address: 'x:9092' });
    health.onError({ code: 29, message: 'Broker: Topic authorization failed' });
    health.onStatistics(up());
    expect(health.status().reason).toBe(
      'Kafka at x:9092 rejects this client: Broker: Topic authorization failed',
    );
    health.onAnswer();
    expect(health.status()).toEqual({ state: 'up' });
  });

  it('recovers from a refused token with a connection that answers, even without a message', () => {
    const health = new Health({ address: 'x:9092' });
    health.onError({ code: -169, message: 'authentication failure' });
    expect(health.status().state).toBe('down');
    health.onStatistics(up());
    expect(health.status()).toEqual({ state: 'up' });
  });

  it('blames the token server while there is no valid token, and only then', () => {
    const tokens = { trouble: undefined as string | undefined };
    const health = new Health({ address: 'x:9092', tokens });
    tokens.trouble = 'the token server does not respond';
    expect(health.status()).toEqual({ state: 'up' });
    health.onError({ code: -169, message: 'authentication failure' });
    expect(health.status()).toEqual({ state: 'down', reason: 'the token server does not respond' });
    tokens.trouble = undefined;
    expect(health.status().reason).toMatch(/rejects this client: authentication failure/);
  });

  it('does not mind connections that are closed while there is nothing to send', () => {
    const outages = new RecentEvent();
    const health = new Health({ address: 'x:9092', outages });
    health.onError({ code: -1, message: 'broker transport failure' });
    health.onError(ALL_DOWN);
    health.onStatistics({ ...GONE, type: 'producer', msg_cnt: 0 });
    expect(health.status()).toEqual({ state: 'up' });
    expect(outages.within(1_000)).toBe(false);
    health.onStatistics({ ...GONE, type: 'producer', msg_cnt: 3 });
    expect(health.status().state).toBe('down');
  });

  it.each([
    ['first', [ALL_DOWN, LINE]],
    ['last', [LINE, ALL_DOWN]],
  ])('is bad at once when all are closed (%s) and none can be made', (_, events) => {
    const outages = new RecentEvent();
    const health = new Health({ address: 'x:9092,y:9092', outages });
    for (const event of events) {
      expect(health.status()).toEqual({ state: 'up' });
      if (typeof event === 'string') health.onLog(event);
      else health.onError(event);
    }
    expect(health.status().reason).toBe(REFUSED);
    expect(outages.within(1_000)).toBe(true);
    health.onStatistics(up());
    health.onLog(LINE);
    expect(health.status()).toEqual({ state: 'up' });
  });

  it('is bad at the start when each of the addresses has failed', () => {
    const health = new Health({ address: 'x:9092,y:9092' });
    health.onLog(LINE);
    health.onLog(LINE);
    expect(health.status()).toEqual({ state: 'up' });
    health.onLog(LINE.replaceAll('x:9092', 'y:9092'));
    expect(health.status().reason).toBe(REFUSED);
  });

  it('knows how long no broker has been reached', async () => {
    const health = new Health({ address: 'x:9092' });
    expect(health.unreachableMs).toBe(0);
    health.onStatistics(GONE);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(health.unreachableMs).toBeGreaterThan(10);
    health.onStatistics(up());
    expect(health.unreachableMs).toBe(0);
  });

  it('does not mind errors of other kinds', () => {
    const health = new Health({ address: 'x:9092' });
    health.onError({ code: 27, message: 'rebalance in progress' });
    expect(health.status()).toEqual({ state: 'up' });
  });
});
