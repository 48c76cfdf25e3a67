import { loadKafka } from '../../../src/brokers/kafka/client';
import {
  assertKeepsPromises,
  consumerProperties,
  parseClientProperties,
  parseKafkaOverrides,
  producerProperties,
  transactionalProperties,
  validateProperties,
} from '../../../src/brokers/kafka/properties';
import type { SourceOptions } from '../../../src/core/ports';
import { describeWith } from '../../helpers/parts';

const source: SourceOptions = {
  topic: 't',
  group: 'g',
  from: 'earliest',
  maxInFlight: 10,
  maxInFlightBytes: 10,
};

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toMatchObject({ name: 'StreamInferError', code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('-X overrides', () => {
  it('are split at the first equals sign', () => {
    expect(parseKafkaOverrides(['a=b', ' sasl.password = x=y '])).toEqual({ a: 'b', 'sasl.password': 'x=y' });
  });

  it('without a key or a sign are refused, all at once', () => {
    const message = messageOf(() => parseKafkaOverrides(['good=1', 'bad', '=worse']));
    expect(message).toContain('"bad"');
    expect(message).toContain('"=worse"');
    expect(message).not.toContain('good');
  });
});

describe('a property that would break a promise', () => {
  it.each([
    ['enable.auto.offset.store', 'true'],
    ['enable.auto.commit', 'false'],
    ['auto.commit.interval.ms', '5000'],
    ['enable.idempotence', 'false'],
    ['acks', '1'],
    ['request.required.acks', '0'],
    ['isolation.level', 'read_uncommitted'],
    ['partition.assignment.strategy', 'range'],
    ['group.id', 'x'],
    ['group.instance.id', 'x'],
    ['check.crcs', 'true'],
    ['transactional.id', 'x'],
    ['dr_cb', 'true'],
    ['test.mock.num.brokers', '3'],
  ])('%s=%s is refused by name, with a remedy', (key, value) => {
    const message = messageOf(() => assertKeepsPromises({ [key]: value }));
    expect(message).toMatch(new RegExp(`${key.replaceAll('.', '\\.')}=${value}: .{10,}`));
  });

  it('is listed with all others', () => {
    expect(messageOf(() => assertKeepsPromises({ acks: '1', 'group.id': 'x' })).split('\n')).toHaveLength(3);
  });

  it('may be set to what it is anyway', () => {
    assertKeepsPromises({
      acks: 'all',
      'enable.idempotence': 'TRUE',
      'isolation.level': 'read_committed',
      'linger.ms': '50',
    });
  });
});

describe('a client.properties file', () => {
  it('is read with comments, both separators, continuation lines and escapes', () => {
    const text =
      '# comment\n! too\n\nbootstrap.servers = a:9092,\\\n   b:9092\nclient.id: x\\u0041\\=\r\nlinger.ms 20\n';
    expect(parseClientProperties(text)).toEqual({
      'bootstrap.servers': 'a:9092,b:9092',
      'client.id': 'xA=',
      'linger.ms': '20',
    });
  });

  it('gives its Java names to librdkafka', () => {
    const text = [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="al\\\\"ice" password=\'p;w\';',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=/etc/ca.pem',
      'ssl.endpoint.identification.algorithm=',
      'key.serializer=org.apache.kafka.common.serialization.StringSerializer',
    ].join('\n');
    expect(parseClientProperties(text)).toEqual({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'SCRAM-SHA-512',
      'sasl.username': 'al"ice',
      'sasl.password': 'p;w',
      'ssl.ca.location': '/etc/ca.pem',
      'ssl.endpoint.identification.algorithm': 'none',
    });
  });

  it('names the line of everything that has no counterpart', () => {
    const text =
      'acks=all\nssl.truststore.type=JKS\nssl.truststore.password=x\nsasl.jaas.config=com.sun.Krb5LoginModule required;\nssl.truststore.location=/x.jks\n';
    const message = messageOf(() => parseClientProperties(text));
    expect(message).toContain('line 2, ssl.truststore.type');
    expect(message).toContain('line 3, ssl.truststore.password');
    expect(message).toContain('line 4, sasl.jaas.config');
    expect(message).toContain('/x.jks is not a PEM file');
  });
});

describe('the properties of a client', () => {
  const settings = { properties: { 'bootstrap.servers': 'x:1', 'linger.ms': '50' }, embedded: false };

  it('of a member of a group commit what was stored, under a static name', () => {
    expect(consumerProperties(settings, source, 'me', 'me-2')).toMatchObject({
      'group.id': 'g',
      'group.instance.id': 'me-2-t',
      'client.id': 'me',
      'enable.auto.offset.store': 'false',
      'enable.auto.commit': 'true',
      'auto.commit.interval.ms': '200',
      'partition.assignment.strategy': 'cooperative-sticky',
    });
  });

  it('of a reader without a group never commit', () => {
    const properties = consumerProperties(settings, { ...source, group: null }, 'me');
    expect(properties).toMatchObject({ 'enable.auto.commit': 'false' });
    expect(properties).not.toHaveProperty('group.instance.id');
    expect(properties['group.id']).not.toBe(
      consumerProperties(settings, { ...source, group: null }, 'me')['group.id'],
    );
  });

  it('leave the new group protocol what it does itself', () => {
    const properties = consumerProperties({ ...settings, embedded: true }, source, 'me', 'me');
    expect(properties).toMatchObject({ 'group.protocol': 'consumer' });
    for (const key of [
      'group.instance.id',
      'session.timeout.ms',
      'heartbeat.interval.ms',
      'partition.assignment.strategy',
    ]) {
      expect(properties).not.toHaveProperty([key]);
    }
  });

  it('take the user’s, and lz4 only where it is built in', () => {
    expect(producerProperties(settings, 'me', ['lz4'])).toMatchObject({
      'linger.ms': '50',
      'compression.codec': 'lz4',
    });
    expect(producerProperties(settings, 'me', [])['compression.codec']).toBe('none');
  });

  it('of a transactional producer have its name, and no message that outlives its transaction', () => {
    expect(transactionalProperties(settings, 'me', [], 'group-topic-me')).toMatchObject({
      'transactional.id': 'group-topic-me',
      'transaction.timeout.ms': '15000',
      'delivery.timeout.ms': '15000',
      'retry.backoff.ms': '5',
      'linger.ms': '50',
    });
    const own = {
      ...settings,
      properties: { 'transaction.timeout.ms': '9000', 'delivery.timeout.ms': '8000' },
    };
    expect(transactionalProperties(own, 'me', [], 'x')).toMatchObject({
      'transaction.timeout.ms': '9000',
      'delivery.timeout.ms': '8000',
      'linger.ms': '0',
    });
  });
});

describeWith(['kafka-addon'], 'librdkafka', () => {
  it('knows every property that is set here', () => {
    const sdk = loadKafka();
    const settings = { properties: {}, embedded: false };
    validateProperties(sdk, consumerProperties(settings, source, 'me', 'me'));
    validateProperties(sdk, consumerProperties({ ...settings, embedded: true }, source, 'me', 'me'));
    validateProperties(sdk, producerProperties(settings, 'me', sdk.features));
    validateProperties(sdk, transactionalProperties(settings, 'me', sdk.features, 'id'));
  });

  it('refuses unknown names and wrong values; secrets are not repeated', () => {
    const sdk = loadKafka();
    const message = messageOf(() =>
      validateProperties(sdk, { 'no.such.thing': '1', 'linger.ms': 'soon', 'sasl.pasword': 'hunter2' }),
    );
    expect(message).toContain('no.such.thing=1');
    expect(message).toContain('linger.ms=soon');
    expect(message).toContain('sasl.pasword');
  });
});
