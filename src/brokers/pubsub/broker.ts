import type { Broker } from '../../core/ports';
import type { BrokerContext } from '../context';
import { PubsubAdmin } from './admin';
import { PubsubConnection } from './connection';
import { PubsubScan } from './scan';
import type { PubsubSettings } from './settings';
import { PubsubSink } from './sink';
import { PubsubSource } from './source';

/**
 * Google Cloud Pub/Sub, or its emulator when PUBSUB_EMULATOR_HOST is set (the project is then `stream-infer-local` if
 * none is given). The client library is loaded when the first connection is made.
 */
export function createPubsubBroker(settings: PubsubSettings, context: BrokerContext): Broker {
  const connection = new PubsubConnection(settings);
  const parts = new Set<{ close(): Promise<void> }>();
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    parts.add(part);
    return part;
  };

  return {
    createSource: (options) => keep(new PubsubSource(options, connection, context.log)),
    createSink: () => keep(new PubsubSink(connection)),
    createAdmin: () => new PubsubAdmin(connection),
    createScan: (options) => keep(new PubsubScan(options, connection, context.log)),
    async close() {
      await Promise.all([...parts].map((part) => part.close()));
      parts.clear();
      await connection.close();
    },
  };
}
