import { toPubsubError } from '../../../src/brokers/pubsub/errors';

describe('the reason of a Pub/Sub error', () => {
  it.each([
    [
      '14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:8085. Resolution note: ',
      '14 UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:8085',
    ],
    [
      'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:8085. Resolution note: from cache',
      '14 UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:8085',
    ],
    [
      '14 UNAVAILABLE: round_robin: No connection established. Last error: Failed to connect',
      '14 UNAVAILABLE: Failed to connect',
    ],
    [
      'Total timeout of API google.pubsub.v1.Publisher exceeded: Previous errors : [{a}, {b}]',
      '14 UNAVAILABLE: Total timeout of API google.pubsub.v1.Publisher exceeded',
    ],
    ['', 'the stream ended'],
  ])('is the one behind what the client adds: %s', (message, reason) => {
    const error = toPubsubError(Object.assign(new Error(message), { code: 14 }), 'Pub/Sub', 'SOURCE_LOST');
    expect([error.code, error.message]).toEqual(['BROKER_UNREACHABLE', `Pub/Sub: ${reason}`]);
  });
});
