import { planIdentity } from '../../../../src/brokers/kafka/identity/plan';
import { producerProperties } from '../../../../src/brokers/kafka/properties';
import type { KafkaSettings } from '../../../../src/brokers/kafka/settings';

const MSK = 'b-1.demo.x1.c2.kafka.eu-west-1.amazonaws.com:9098';
const HUBS = 'demo.servicebus.windows.net:9093';

function plan({ properties = {}, ...rest }: Partial<KafkaSettings>, env = {}) {
  return planIdentity({ embedded: false, properties, ...rest }, env);
}

const servers = (list: string) => ({ 'bootstrap.servers': list });

describe('the identity of Kafka clients', () => {
  it('without one leaves every property alone', () => {
    const properties = { 'sasl.mechanisms': 'PLAIN', 'sasl.username': 'u' };
    expect(plan({ properties })).toEqual({ properties, provider: undefined });
    const unsecured = {
      'sasl.mechanisms': 'OAUTHBEARER',
      'enable.sasl.oauthbearer.unsecure.jwt': 'true',
    };
    expect(plan({ properties: unsecured })).toEqual({ properties: unsecured, provider: undefined });
  });

  it('uses TLS and OAUTHBEARER', () => {
    const { properties, provider } = plan({ identity: 'gcp', properties: servers('a:9092') });
    expect(properties).toEqual({
      'bootstrap.servers': 'a:9092',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'OAUTHBEARER',
    });
    expect(provider?.name).toBe('gcp');
  });

  it.each([
    ['the address of MSK', servers(MSK), {}, 'aws-msk-iam in eu-west-1'],
    [
      'that of MSK Serverless',
      servers('boot-x.c1.kafka-serverless.us-east-1.amazonaws.com:9098'),
      {},
      'aws-msk-iam in us-east-1',
    ],
    [
      'the environment',
      servers('kafka.internal:9098'),
      { AWS_REGION: 'ap-south-1' },
      'aws-msk-iam in ap-south-1',
    ],
  ])('of AWS has its region from %s', (_, properties, env, name) => {
    expect(plan({ identity: 'aws-msk-iam', properties }, env).provider?.name).toBe(name);
  });

  it('may be in the properties of librdkafka, which then does not see them', () => {
    const { properties, provider } = plan({
      properties: {
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.method': 'oidc',
        'sasl.oauthbearer.client.id': 'team-a',
        'sasl.oauthbearer.client.secret': 's3cret',
        'sasl.oauthbearer.token.endpoint.url': 'localhost:14293',
        'sasl.oauthbearer.extensions': 'logicalCluster=lkc=1',
      },
    });
    expect(properties).toEqual({ 'sasl.mechanism': 'OAUTHBEARER' });
    expect(provider?.name).toBe('oidc client team-a');
    const assertion = {
      'sasl.mechanisms': 'OAUTHBEARER',
      'sasl.oauthbearer.method': 'oidc',
      'sasl.oauthbearer.grant.type': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    };
    expect(plan({ properties: assertion })).toEqual({ properties: assertion, provider: undefined });
  });

  it.each<[string, Partial<KafkaSettings>, RegExp]>([
    [
      'nothing of an OAuth client',
      { identity: 'oidc' },
      /oidc\.tokenUrl: .*\n.*oidc\.clientId: .*\n.*oidc\.clientSecret: /,
    ],
    [
      'another mechanism',
      { identity: 'gcp', properties: { 'sasl.mechanism': 'PLAIN' } },
      /sasl\.mechanisms=PLAIN: .*remove the property/,
    ],
    [
      'no TLS and no SASL',
      { identity: 'gcp', properties: { 'security.protocol': 'PLAINTEXT' } },
      /an identity needs SASL_SSL/,
    ],
    [
      'a password',
      { identity: 'gcp', properties: { 'sasl.password': 'hunter2' } },
      /sasl\.password: the identity replaces it/,
    ],
    [
      'settings of another identity',
      { identity: 'gcp', aws: { region: 'eu-west-1' } },
      /kafka\.aws\.region: .*only with kafka\.identity: aws-msk-iam/,
    ],
    [
      'settings without an identity',
      { oidc: { clientId: 'a' } },
      /kafka\.oidc\.clientId: .*only with kafka\.identity: oidc/,
    ],
    ['the embedded cluster', { identity: 'gcp', embedded: true }, /the embedded Kafka knows no identities/],
    [
      'no region',
      { identity: 'aws-msk-iam', properties: servers('a:9098') },
      /kafka\.aws\.region: .*set it, such as eu-west-1/,
    ],
    [
      'a profile and a role',
      { identity: 'aws-msk-iam', aws: { region: 'eu-west-1', profile: 'a', roleArn: 'b' } },
      /put the role into the profile/,
    ],
    [
      'no namespace',
      { identity: 'azure', properties: servers('a:9093') },
      /kafka\.azure\.scope: the brokers are not Event Hubs/,
    ],
    [
      'two proofs',
      {
        identity: 'oidc',
        oidc: { tokenUrl: 'https://a/t', clientId: 'a', clientSecret: 'b', assertionFile: 'c' },
      },
      /remove one of them/,
    ],
    [
      'a password in the address',
      { identity: 'oidc', oidc: { tokenUrl: 'https://u:hunter2@a/t', clientId: 'a', clientSecret: 'b' } },
      /expected an http or https address/,
    ],
    [
      'an identity and a function',
      { identity: 'gcp', token: () => ({ value: 'a', expiresAt: 1 }) },
      /there is a token function too/,
    ],
    [
      'OAUTHBEARER alone',
      { properties: { 'sasl.mechanisms': 'OAUTHBEARER' } },
      /needs tokens; set kafka\.identity/,
    ],
    [
      "Java's mechanism",
      { properties: { 'sasl.mechanisms': 'AWS_MSK_IAM' } },
      /set kafka\.identity: aws-msk-iam instead/,
    ],
  ])('is an error with %s', (_, settings, message) => {
    expect(() => plan(settings)).toThrow(message);
    expect(() => plan(settings)).not.toThrow(/hunter2/);
  });

  it('of Azure is that of the namespace, whose predictions are not compressed', () => {
    expect(plan({ identity: 'azure', properties: servers(HUBS) }).provider?.name).toBe('azure');
    const codec = (list: string) =>
      producerProperties({ embedded: false, properties: servers(list) }, 'id', ['lz4'])['compression.codec'];
    expect([codec(HUBS), codec(`a:1,${HUBS}`), codec(MSK)]).toEqual(['none', 'none', 'lz4']);
  });
});
