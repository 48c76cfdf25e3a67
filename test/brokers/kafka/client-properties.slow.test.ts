import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { createProbedKafkaBroker } from '../../../src/brokers/kafka/broker';
import { parseClientProperties } from '../../../src/brokers/kafka/client-properties';
import { silentContext } from '../../helpers/broker-context';
import { describeWith } from '../../helpers/parts';

const FIXTURES = resolve(__dirname, '../../fixtures/client-properties');

function pasted(name: string): ReturnType<typeof parseClientProperties> {
  return parseClientProperties(readFileSync(join(FIXTURES, `${name}.properties`), 'utf8'));
}

function messageFor(text: string): string {
  try {
    parseClientProperties(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('a mistake was expected');
}

describe('a client.properties file', () => {
  it('is read with comments, both separators, continuation lines and escapes', () => {
    const text =
      '# comment\n! too\n\nbootstrap.servers = a:9092,\\\n   b:9092\nclient.id: x\\u0041\\=\r\nlinger.ms 20\n';
    expect(parseClientProperties(text)).toEqual({
      properties: { 'bootstrap.servers': 'a:9092,b:9092', 'client.id': 'xA=', 'linger.ms': '20' },
      settings: {},
      ignored: [],
    });
  });

  it('gives its Java names to librdkafka', () => {
    const text = [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="al\\\\"ice" password=\'p;w username=x\';',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=/etc/ca',
      'ssl.endpoint.identification.algorithm=',
      'fetch.max.wait.ms=100',
      'max.request.size=2000000',
      'receive.buffer.bytes=-1',
      'buffer.memory=33554432',
      'connections.max.idle.ms=-1',
      'batch.size=0',
    ].join('\n');
    expect(parseClientProperties(text)).toEqual({
      properties: {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanisms': 'SCRAM-SHA-512',
        'sasl.username': 'al"ice',
        'sasl.password': 'p;w username=x',
        'ssl.ca.location': '/etc/ca',
        'ssl.endpoint.identification.algorithm': 'none',
        'fetch.wait.max.ms': '100',
        'message.max.bytes': '2000000',
        'socket.receive.buffer.bytes': '0',
        'queue.buffering.max.kbytes': '32768',
        'connections.max.idle.ms': '0',
        'batch.size': '1',
      },
      settings: {},
      ignored: [],
    });
  });

  it('of Confluent Cloud leaves out the schema registry', () => {
    const { properties, ignored } = pasted('confluent-cloud');
    expect(properties).toMatchObject({ 'sasl.username': 'CLUSTERKEY', 'sasl.password': 'cluster-secret-1' });
    expect(ignored).toEqual([
      'schema.registry.url (line 16)',
      'basic.auth.credentials.source (line 17)',
      'basic.auth.user.info (line 18)',
    ]);
  });

  it('of another reader leaves out what is decided here, with the reason', () => {
    const { properties, ignored } = pasted('msk-scram');
    expect(properties).toMatchObject({ 'sasl.password': 'msk-secret-3', 'message.max.bytes': '2097152' });
    expect(ignored.join('\n')).toMatch(/group\.id \(line 7: use --group/);
    expect(ignored.join('\n')).toMatch(/enable\.auto\.commit \(line 9: /);
    expect(ignored).toContain('zookeeper.connect (line 12)');
  });

  it('of Event Hubs keeps the connection string whole', () => {
    expect(pasted('event-hubs').properties).toMatchObject({
      'sasl.username': '$ConnectionString',
      'sasl.password':
        'Endpoint=sb://demo.servicebus.example.invalid/;SharedAccessKeyName=Root;SharedAccessKey=hub-secret-4=',
    });
  });

  it('of Strimzi with OAuth asks for tokens with the credentials of the client', () => {
    expect(pasted('strimzi-oauth').properties).toEqual({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'OAUTHBEARER',
      'sasl.oauthbearer.method': 'oidc',
      'sasl.oauthbearer.client.id': 'team-a',
      'sasl.oauthbearer.client.secret': 'oauth-secret-5',
      'sasl.oauthbearer.scope': 'kafka',
      'sasl.oauthbearer.token.endpoint.url': 'https://sso.example.invalid/token',
    });
    const confluent =
      "sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId='a' clientSecret='b' extension_logicalCluster='lkc-1' extension_identityPoolId='pool-1';";
    expect(parseClientProperties(confluent).properties).toMatchObject({
      'sasl.oauthbearer.extensions': 'logicalCluster=lkc-1,identityPoolId=pool-1',
    });
  });

  it('names the line and the remedy of every problem that prevents a connection, without values', () => {
    const message = messageFor(
      [
        'acks=all',
        'ssl.truststore.type=PKCS12',
        'ssl.truststore.password=hunter2',
        'sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required password="hunter2";',
        'ssl.truststore.location=/x.p12',
        'ssl.keystore.location=/x.jks',
        'sasl.pasword=hunter2',
      ].join('\n'),
    );
    expect(message).toContain(
      'line 4, sasl.jaas.config: com.sun.security.auth.module.Krb5LoginModule is not',
    );
    expect(message).toMatch(/line 5, ssl\.truststore\.location: .*openssl pkcs12 -in \/x\.p12 -nokeys/);
    expect(message).toMatch(/line 6, ssl\.keystore\.location: .*keytool -importkeystore/);
    expect(message).toContain('line 7, sasl.pasword: no such property; did you mean sasl.password?');
    expect(message).not.toContain('hunter2');
  });

  it('shows nothing of a secret that was pasted over several lines, and does not take its beginning for all of it', () => {
    const cut =
      'ssl.keystore.key=-----BEGIN PRIVATE KEY-----\nMIIEvQSECRET1\nq8SECRET2/x==\n-----END PRIVATE KEY-----\n';
    expect(() => parseClientProperties(cut)).toThrow(/line 1, ssl\.keystore\.key: the PEM ends here/);
    const { ignored } = parseClientProperties('schema.registry.url=http://x\nMIIEvQSECRET1\nq8SECRET2/x==\n');
    expect(ignored).toEqual([
      'schema.registry.url (line 1)',
      'a line without a known name (line 2)',
      'a line without a known name (line 3)',
    ]);
  });

  it.each([
    [
      'of Amazon MSK with IAM',
      'msk-iam',
      { 'kafka.identity': 'aws-msk-iam', 'kafka.aws.profile': 'streaming' },
    ],
    ['of Google Managed Kafka', 'google-managed-kafka', { 'kafka.identity': 'gcp' }],
    ['of Event Hubs without a connection string', 'event-hubs-entra', { 'kafka.identity': 'azure' }],
  ])('%s chooses the identity', (_, name, settings) => {
    const found = pasted(name);
    expect(found.settings).toEqual(settings);
    expect(found.properties).toMatchObject({ 'security.protocol': 'SASL_SSL' });
    expect(found.properties).not.toHaveProperty('sasl.jaas.config');
  });

  it('of Confluent Cloud with OAuth has the extensions, and none of the lines for monitoring and the registry', () => {
    const { properties, settings, ignored } = pasted('confluent-cloud-oauth');
    expect(settings).toEqual({});
    expect(properties).toMatchObject({
      'sasl.oauthbearer.method': 'oidc',
      'sasl.oauthbearer.client.id': 'app-1',
      'sasl.oauthbearer.client.secret': 'cloud-secret-7',
      'sasl.oauthbearer.token.endpoint.url': 'https://login.example.invalid/oauth2/token',
      'sasl.oauthbearer.extensions': 'logicalCluster=lkc-1,identityPoolId=pool-1',
    });
    expect(ignored.join('\n')).not.toMatch(/secret-\d/);
    expect(ignored.map((line) => line.split(' ')[0])).toEqual([
      'sasl.login.callback.handler.class',
      'interceptor.classes',
      'confluent.monitoring.interceptor.bootstrap.servers',
      'confluent.monitoring.interceptor.sasl.jaas.config',
      'metric.reporters',
      'schema.registry.url',
      'bearer.auth.client.secret',
    ]);
  });

  it('of Strimzi may name an audience, and a file in place of the secret', () => {
    const jaas =
      'sasl.mechanism=OAUTHBEARER\nsasl.jaas.config=x.OAuthBearerLoginModule required oauth.client.id="a" oauth.audience="kafka" oauth.client.assertion.location="/var/run/token" oauth.token.endpoint.uri="https://sso/token";';
    expect(parseClientProperties(jaas)).toMatchObject({
      properties: { 'sasl.oauthbearer.method': 'oidc', 'sasl.oauthbearer.client.id': 'a' },
      settings: { 'kafka.oidc.audience': 'kafka', 'kafka.oidc.assertionFile': '/var/run/token' },
    });
  });

  it('without any source of tokens, or with a role that needs an external id, is an error with the remedy', () => {
    const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule';
    const bare = `sasl.mechanism=OAUTHBEARER\nsasl.jaas.config=${module} required;\nsasl.login.callback.handler.class=com.example.Own`;
    expect(messageFor(bare)).toMatch(
      /line 2, sasl\.jaas\.config: clientId=.* are required; set kafka\.identity/,
    );
    const role =
      'sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn" awsRoleExternalId="x";';
    expect(messageFor(role)).toMatch(/awsRoleExternalId is not supported; put the role into an AWS profile/);
  });
});

describeWith(['kafka-addon'], 'keys and certificates of a client.properties file', () => {
  let folder: string;
  let key: string;
  let certificate: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stream-infer-pem-'));
    const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = [
      '-subj',
      '/CN=test',
      '-days',
      '1',
      '-nodes',
      '-keyout',
      keyFile,
      '-out',
      certificateFile,
    ];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject], { stdio: 'ignore' });
    key = readFileSync(keyFile, 'utf8');
    certificate = readFileSync(certificateFile, 'utf8');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function accepted(lines: readonly string[]): Promise<Record<string, string>> {
    const { properties } = parseClientProperties(['security.protocol=SSL', ...lines].join('\n'));
    const broker = await createProbedKafkaBroker({ properties, embedded: false }, silentContext());
    await broker.close();
    return properties;
  }

  it.each([
    ['with spaces', ' \\\n  '],
    ['with nothing', '\\\n'],
    ['with line breaks', '\\n'],
  ])('may stand in it as PEM on continued lines, joined %s', async (_, join) => {
    const joined = (pem: string): string => pem.trim().split('\n').join(join);
    const properties = await accepted([
      'ssl.truststore.type=PEM',
      `ssl.truststore.certificates=${joined(certificate + certificate)}`,
      'ssl.keystore.type=PEM',
      `ssl.keystore.key=${joined(key)}`,
      `ssl.keystore.certificate.chain=${joined(certificate)}`,
    ]);
    expect(properties['ssl.ca.pem']?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it('may be one PEM file, by its type or by what is in it', async () => {
    const store = join(folder, 'keystore');
    writeFileSync(store, key + certificate);
    for (const type of [['ssl.keystore.type=PEM'], []]) {
      const properties = await accepted([`ssl.keystore.location=${store}`, ...type]);
      expect(properties).toMatchObject({ 'ssl.key.location': store, 'ssl.certificate.location': store });
    }
  });

  it('may be a PKCS#12 keystore of any declared type', async () => {
    const [store, pem] = [join(folder, 'keystore.jks'), join(folder, 'both.pem')];
    writeFileSync(pem, key + certificate);
    execFileSync('openssl', ['pkcs12', '-export', '-in', pem, '-out', store, '-passout', 'pass:hunter2']);
    const lines = [
      `ssl.keystore.location=${store}`,
      'ssl.keystore.type=JKS',
      'ssl.keystore.password=hunter2',
    ];
    expect(await accepted(lines)).toMatchObject({ 'ssl.keystore.location': store });
  });
});
