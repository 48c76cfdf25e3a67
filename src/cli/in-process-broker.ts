import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';

/** Throws USAGE for a broker that only its own process can reach: the command would start an empty one. */
export function refuseInProcessBroker(config: Config, needs = ''): void {
  if (!livesInProcess(config)) return;
  const [name, remedy] =
    config.broker === 'memory'
      ? ['the memory broker', 'use --broker kafka or --broker pubsub']
      : ['the embedded Kafka', 'omit kafka.embedded, or use --broker pubsub'];
  throw new StreamInferError('USAGE', `${name} lives inside one process; ${needs}${remedy}`);
}
