import type { KafkaIdentity } from './identity/settings';

/** Connection settings of Kafka. */
export interface KafkaSettings extends KafkaIdentity {
  /**
   * The user's librdkafka properties, including `bootstrap.servers`; properties that break a delivery guarantee were
   * refused before.
   */
  readonly properties: Readonly<Record<string, string>>;
  /** Runs librdkafka's mock cluster in this process and uses it. */
  readonly embedded: boolean;
  /** Whether they must also suit a transactional producer. */
  readonly transactions?: boolean;
}
