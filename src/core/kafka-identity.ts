/** Where a Kafka client gets its tokens from (`kafka.identity`). */
export const KAFKA_IDENTITIES = ['aws-msk-iam', 'gcp', 'azure', 'oidc'] as const;

export type KafkaIdentityKind = (typeof KAFKA_IDENTITIES)[number];
