import type { Log } from '../core/ports';

/** What every adapter is given besides its own settings. */
export interface BrokerContext {
  /** Names this process to the broker: client id, Kafka group.instance.id. Stable across restarts. */
  readonly instanceId: string;
  /**
   * False: members of a Kafka group have no name of their own, for processes whose instance id is another one after a
   * restart: the group would wait for the old name until its session is over. True if absent.
   */
  readonly staticMembers?: boolean;
  readonly log: Log;
}
