import type { BrokerKind } from '../core/message';

/** Prefix of header names in CloudEvents binary mode: `ce_` in its Kafka binding, `ce-` elsewhere. */
export type CloudEventPrefix = 'ce_' | 'ce-';

export function cloudEventPrefix(broker: BrokerKind): CloudEventPrefix {
  return broker === 'pubsub' ? 'ce-' : 'ce_';
}
