import { z } from 'zod';
import { KAFKA_IDENTITIES } from '../core/kafka-identity';

const text = z.string().min(1);

/** Settings of `kafka` about tokens; the Kafka adapter checks their combination. */
export const kafkaIdentityShape = {
  identity: z
    .enum(KAFKA_IDENTITIES)
    .optional()
    .describe('Source of tokens for SASL/OAUTHBEARER; if absent, the properties contain the credentials.'),
  oidc: z
    .strictObject({
      tokenUrl: z
        .url({ protocol: /^https?$/, error: 'a token endpoint is an http or https address' })
        .optional()
        .describe('Token endpoint of an OAuth server.'),
      clientId: text.optional().describe('Id of this client at the OAuth server.'),
      clientSecret: text.optional().describe('Secret of this client at the OAuth server.'),
      assertionFile: text
        .optional()
        .describe('File with a signed JWT in place of the secret; it is read again for each token.'),
      scope: text.optional().describe('Requested scope.'),
      audience: text.optional().describe('Requested audience, where the OAuth server needs one.'),
      extensions: z
        .record(z.string().regex(/^[A-Za-z]+$/, 'expected a name of letters'), text)
        .default({})
        .describe('SASL extensions, such as logicalCluster and identityPoolId of Confluent Cloud.'),
    })
    .prefault({}),
  aws: z
    .strictObject({
      region: z
        .string()
        .regex(/^[a-z]{2,}(-[a-z0-9]+)+$/, 'expected a region such as eu-west-1')
        .optional()
        .describe('AWS region of the cluster; from the address of its brokers if absent.'),
      profile: text.optional().describe('Profile of the AWS configuration.'),
      roleArn: text.optional().describe('IAM role to assume.'),
      roleSessionName: text.optional().describe('Session name of the assumed role.'),
    })
    .prefault({}),
  gcp: z
    .strictObject({
      principal: text
        .optional()
        .describe('E-mail of the Google account, for credentials that do not name it.'),
    })
    .prefault({}),
  azure: z
    .strictObject({
      clientId: text.optional().describe('Client id of a user-assigned managed identity.'),
      scope: text
        .optional()
        .describe('Scope of the token; from the address of the Event Hubs namespace if absent.'),
    })
    .prefault({}),
};

export const kafkaSchema = z
  .strictObject({
    properties: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .default({})
      .describe('librdkafka properties, including bootstrap.servers.'),
    embedded: z
      .boolean()
      .default(false)
      .describe('Whether a Kafka protocol broker runs inside this process.'),
    ...kafkaIdentityShape,
  })
  .prefault({});
