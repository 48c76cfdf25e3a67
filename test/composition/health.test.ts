import { healthOf } from '../../src/composition/health';
import type { BrokerReach, ConnectionStatus } from '../../src/core/ports';

const REASON = 'Kafka at 127.0.0.1:9092 does not answer';
const connection = (status: ConnectionStatus) => ({ status: () => status });
const UP = connection({ state: 'up' });

function reach(isAway: boolean): BrokerReach {
  return { outage: isAway ? { since: 1_000, reason: REASON } : null, onReturn: () => () => false };
}

describe('the health of a process', () => {
  it('is that of its connections while the broker answers', () => {
    const down = connection({ state: 'down', reason: 'topic missing' });
    const health = healthOf({ source: UP, sink: down }, reach(false), (_, sink) => [sink.reason ?? '']);
    expect(health).toEqual({
      ready: false,
      reasons: ['Topic missing.'],
      source: { state: 'up' },
      sink: { state: 'down', reason: 'topic missing' },
    });
  });

  it('says of no connection that it is up while the broker is down, whichever client noticed it', () => {
    const closed = connection({ state: 'closed' });
    const health = healthOf({ source: UP, sink: closed }, reach(true), () => []);
    expect(health).toMatchObject({
      ready: false,
      reasons: [`${REASON}; retrying.`],
      source: { state: 'down', reason: REASON },
      sink: { state: 'closed' },
    });
  });
});
