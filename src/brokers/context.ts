import type { Log } from '../core/ports';

/** What every adapter is given besides its own settings. */
export interface BrokerContext {
  /** Names this process to the broker: client id, Kafka group.instance.id. Stable across restarts. */
  readonly instanceId: string;
  readonly log: Log;
}
