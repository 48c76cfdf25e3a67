import type { Config } from '../config/schema';
import { deadLetterSubscription, deadLetterTopic } from '../config/topics';
import type { Broker } from '../core/ports';
import { createBrokerMemory, nothingElse, redriveMemoryOf, type RedriveMemory } from './memory';

/** @param signal aborts when the process stops */
export function redriveMemory(broker: Broker, config: Config, signal: AbortSignal): RedriveMemory {
  // Both end with this process, and drop what is old: a letter that is not found there may well be known here.
  if (config.broker === 'memory' || (config.broker === 'kafka' && config.kafka.embedded)) return nothingElse;
  const dlq = deadLetterTopic(config);
  const scan = { topic: dlq, memory: redriveMemoryOf(dlq), subscription: deadLetterSubscription(config) };
  return createBrokerMemory({ dlq, signal, createScan: () => broker.createScan(scan) });
}
