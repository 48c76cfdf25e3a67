import { StreamInferError } from '../core/errors';
import { BROKER_KINDS, type BrokerKind } from '../core/message';
import type { Broker } from '../core/ports';
import type { BrokerContext } from './context';
import type * as kafkaAdapter from './kafka/broker';
import type { KafkaSettings } from './kafka/settings';
import type * as memoryAdapter from './memory/broker';
import type { MemorySettings } from './memory/settings';
import type * as pubsubAdapter from './pubsub/broker';
import type { PubsubSettings } from './pubsub/settings';

/** The settings of all brokers; only those of the chosen one are read. */
export interface BrokerSettings {
  readonly kafka: KafkaSettings;
  readonly pubsub: PubsubSettings;
  readonly memory: MemorySettings;
}

type Create = (settings: BrokerSettings, context: BrokerContext) => Broker | Promise<Broker>;

/**
 * An adapter is loaded when it is chosen: its library may be missing. By `require`, since `import()` in CommonJS
 * would need the names of the compiled files.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- see above */
const REGISTRY: Record<BrokerKind, Create> = {
  memory({ memory }, context) {
    const adapter = require('./memory/broker') as typeof memoryAdapter;
    return adapter.createMemoryBroker(memory, context);
  },
  kafka({ kafka }, context) {
    const adapter = require('./kafka/broker') as typeof kafkaAdapter;
    return adapter.createProbedKafkaBroker(kafka, context);
  },
  pubsub({ pubsub }, context) {
    const adapter = require('./pubsub/broker') as typeof pubsubAdapter;
    return adapter.createPubsubBroker(pubsub, context);
  },
};
/* eslint-enable @typescript-eslint/no-require-imports */

/** The broker of that kind. Rejects with UNKNOWN_BROKER, or with DEPENDENCY_MISSING without a native module. */
export async function createBroker(
  kind: string,
  settings: BrokerSettings,
  context: BrokerContext,
): Promise<Broker> {
  if (!isBrokerKind(kind)) {
    const known = BROKER_KINDS.join(', ');
    throw new StreamInferError('UNKNOWN_BROKER', `the broker "${kind}" is unknown; use one of ${known}`);
  }
  return REGISTRY[kind](settings, context);
}

function isBrokerKind(kind: string): kind is BrokerKind {
  return (BROKER_KINDS as readonly string[]).includes(kind);
}
