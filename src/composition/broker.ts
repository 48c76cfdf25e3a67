import type { Broker, TopicRequest } from '../core/ports';
import { messageOf } from '../core/errors';
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

/**
 * Also creates them again after an outage: an emulator or a container may return without its data.
 *
 * @param onWait called with the reason while the broker is unreachable, and with null at the end
 */
export async function createMissingTopics(
  context: ProcessContext,
  broker: Broker,
  topics: readonly TopicRequest[],
  onWait: (reason: string | null) => void,
): Promise<void> {
  if (topics.length === 0) return;
  const { config, log, signal, abandon, releasers } = context;
  await createTopics(broker, config, topics, log, signal, onWait);
  onWait(null);
  const recreate = async (): Promise<void> => {
    const created = await createTopics(broker, config, topics, log, abandon.signal);
    if (created.length > 0)
      log.info({ topics: created }, 'topics were missing after the outage; created again');
  };
  const forget = broker.reach?.onReturn(
    () =>
      void recreate().catch((error: unknown) => {
        if (!abandon.signal.aborted)
          log.warn({ error: messageOf(error) }, 'cannot create missing topics after the outage');
      }),
  );
  releasers.add('missing topics', () => forget?.());
}
