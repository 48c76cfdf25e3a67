/** How to reach Kafka. */
export interface KafkaSettings {
  /** librdkafka properties as the user gave them, `bootstrap.servers` included; what breaks a delivery promise was refused before. */
  readonly properties: Readonly<Record<string, string>>;
  /** Run librdkafka's mock cluster in this process and use it. */
  readonly embedded: boolean;
  /** Whether they are to do for a transactional producer, too. */
  readonly transactions?: boolean;
}
