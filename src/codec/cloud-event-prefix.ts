import { BROKER_TRAITS, type BrokerTraits } from '../core/broker-traits';
import type { BrokerKind } from '../core/message';

export type CloudEventPrefix = BrokerTraits['headerPrefix'];

export function cloudEventPrefix(broker: BrokerKind): CloudEventPrefix {
  return BROKER_TRAITS[broker].headerPrefix;
}
