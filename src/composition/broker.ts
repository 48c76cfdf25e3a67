import type { Broker, TopicRequest } from '../core/ports';
import { connect } from '../setup/connect';
import { createTopics } from '../setup/resource-ledger';
import type { ProcessContext } from './context';

/** @param given used instead of the configured broker, and left open */
export async function acquireBroker(context: ProcessContext, given?: Broker): Promise<Broker> {
  if (given !== undefined) return given;
  const { config, instanceId, log, releasers } = context;
  const broker = await connect(config, instanceId, log);
  releasers.add('broker', () => broker.close());
  return broker;
}

/** @param onWait called with the reason while the broker is unreachable, and with null at the end */
export async function createMissingTopics(
  { config, log, signal }: ProcessContext,
  broker: Broker,
  topics: readonly TopicRequest[],
  onWait: (reason: string | null) => void,
): Promise<void> {
  if (topics.length === 0) return;
  await createTopics(broker, config, topics, log, signal, onWait);
  onWait(null);
}
