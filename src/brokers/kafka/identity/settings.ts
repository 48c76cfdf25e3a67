import type { KafkaIdentityKind } from '../../../core/kafka-identity';

/** A token for SASL/OAUTHBEARER. */
export interface KafkaToken {
  /** As the broker expects it, usually a JWT. */
  readonly value: string;
  /** Milliseconds since 1970. A new token is requested after 70 % of the time until then. */
  readonly expiresAt: number;
  /** Name of this client in librdkafka's log and errors. */
  readonly principal?: string | undefined;
  /** SASL extensions, such as `logicalCluster` of Confluent Cloud. */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
}

/**
 * Returns a token of at least some seconds of life. It is called again before that expires, and after a broker has
 * refused it. An error is retried, unless it is a StreamInferError with a code that is not retryable.
 */
export type KafkaTokenFunction = () => KafkaToken | Promise<KafkaToken>;

/** An OAuth client that gets its tokens from a token endpoint (client credentials). */
export interface OidcIdentity {
  readonly tokenUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** File with a signed JWT instead of a secret; it is read for each token, because platforms rotate it. */
  readonly assertionFile?: string | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  /** SASL extensions, such as `logicalCluster` and `identityPoolId` of Confluent Cloud. */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
}

/** Amazon MSK with IAM. The AWS SDK finds the credentials. */
export interface AwsIdentity {
  /** From the address of the brokers if absent, otherwise AWS_REGION. */
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly roleSessionName?: string | undefined;
}

/** Google Cloud Managed Kafka, with application default credentials. */
export interface GcpIdentity {
  /** E-mail of the account, for credentials that do not name it. */
  readonly principal?: string | undefined;
}

/** Azure Event Hubs, with the credentials that `DefaultAzureCredential` finds. */
export interface AzureIdentity {
  /** Of a user-assigned managed identity. */
  readonly clientId?: string | undefined;
  /** From the address of the namespace if absent. */
  readonly scope?: string | undefined;
}

/** Who this client is to the brokers; without `identity` and `token` the librdkafka properties decide. */
export interface KafkaIdentity {
  readonly identity?: KafkaIdentityKind | undefined;
  readonly oidc?: OidcIdentity | undefined;
  readonly aws?: AwsIdentity | undefined;
  readonly gcp?: GcpIdentity | undefined;
  readonly azure?: AzureIdentity | undefined;
  /** A function of the program that uses the library. */
  readonly token?: KafkaTokenFunction | undefined;
}
