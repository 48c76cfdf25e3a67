import type { Broker, SourceOptions } from '../../core/ports';
import type { BrokerContext } from '../context';
import { plainAcknowledger, type Acknowledger } from './acknowledger';
import { PubsubAdmin } from './admin';
import { PubsubConnection } from './connection';
import { PubsubRangeScan } from './range-scan';
import { PubsubScan } from './scan';
import { EffectivelyOnce } from './effectively-once';
import type { PubsubSettings } from './settings';
import { PubsubSink } from './sink';
import { PubsubSource } from './source';
import { topicOfSubscription } from './subscription';

/**
 * Google Cloud Pub/Sub, or its emulator when PUBSUB_EMULATOR_HOST is set (the project is then `stream-infer-local` if
 * none is given). The client library is loaded when the first connection is made.
 */
export function createPubsubBroker(settings: PubsubSettings, context: BrokerContext): Broker {
  const connection = new PubsubConnection(settings, context.log);
  const parts = new Set<{ close(): Promise<void> }>();
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    parts.add(part);
    return part;
  };
  const once = settings.effectivelyOnce;
  const acknowledgerFor = ({ group, subscription }: SourceOptions): Acknowledger =>
    once === undefined || group === null || subscription !== once.subscription
      ? plainAcknowledger
      : new EffectivelyOnce(once, context.instanceId, context.log);

  return {
    reach: connection.reach,
    createSource: (options) =>
      keep(new PubsubSource(options, connection, context.log, acknowledgerFor(options))),
    createSink: () => keep(new PubsubSink(connection, context.log)),
    createScan: ({ range, ...options }) =>
      keep(
        range === undefined
          ? new PubsubScan(options, connection, context.log)
          : new PubsubRangeScan({ ...options, range }, connection, context.log),
      ),
    topicOf: (subscription) => topicOfSubscription(connection, subscription),
    createAdmin: () => new PubsubAdmin(connection, once?.subscription),
    async close() {
      await Promise.all([...parts].map((part) => part.close()));
      parts.clear();
      await connection.close();
    },
  };
}
