import type { Delivery } from '../../src/core/message';

/** A delivery like that of a Kafka source, with overrides. */
export function makeDelivery(offset: number, overrides: Partial<Delivery> = {}): Delivery {
  return {
    origin: { broker: 'memory', topic: 'images', partition: 0, offset: String(offset) },
    sourceId: `images/0/${offset}`,
    key: null,
    value: Buffer.alloc(784, offset % 256),
    headers: [],
    timestamp: 1_700_000_000_000 + offset,
    receivedAt: performance.now(),
    attempt: 1,
    ...overrides,
  };
}
