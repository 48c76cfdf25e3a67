import type { Log } from '../core/ports';

/** Context of every adapter, in addition to its own settings. */
export interface BrokerContext {
  /** Name of this process for the broker: client id, Kafka group.instance.id. Stable across restarts. */
  readonly instanceId: string;
  /**
   * False: members of a Kafka group are dynamic, for processes whose instance id changes with each restart. Otherwise
   * the group would wait for the old name until its session expires. True if absent.
   */
  readonly staticMembers?: boolean;
  readonly log: Log;
}
