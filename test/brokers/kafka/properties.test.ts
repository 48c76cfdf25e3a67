import { loadKafka } from '../../../src/brokers/kafka/client';
import {
  consumerProperties,
  parseKafkaOverrides,
  producerProperties,
  transactionalProperties,
  validateProperties,
} from '../../../src/brokers/kafka/properties';
import { assertKeepsPromises } from '../../../src/brokers/kafka/promises';
import { serverProblems } from '../../../src/brokers/kafka/servers';
import { withoutAliases } from '../../../src/brokers/kafka/aliases';
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
    const message = messageOf(() => parseKafkaOverrides(['good=1', 'sasl.password:hunter2', '=worse']));
    expect(message).toContain('-X number 2: expected key=value');
    expect(message).toContain('-X number 3');
    expect(message).not.toMatch(/hunter2|number 1/);
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

describe('the list of brokers', () => {
  it.each([
    ['a:9092, b:9092,', []],
    ['a', []],
    ['[::1]:9092', []],
    ['::1', []],
    ['PLAINTEXT://a:9092', []],
    [' , ', ['it contains no broker']],
    [
      'http://a:9092',
      ['"http://a:9092": the scheme http contradicts security.protocol=plaintext; write host:port'],
    ],
    ['a:99999', ['"a:99999": the port must be 1 to 65535']],
    ['a:x', ['"a:x" is not host:port']],
    ['a 9092', ['"a 9092" is not host:port']],
  ])('%s', (list, problems) => {
    expect(serverProblems(list)).toEqual(problems);
  });
});

describe('two names of one property', () => {
  it('become one, so that the value of the user takes the place of ours', () => {
    const properties = withoutAliases({ 'message.timeout.ms': '120000', 'compression.type': 'gzip' });
    const settings = { properties, embedded: false };
    const producer = transactionalProperties(settings, 'me', ['lz4'], 'x');
    expect(producer).toMatchObject({ 'delivery.timeout.ms': '15000', 'compression.codec': 'gzip' });
    expect(producer).not.toHaveProperty(['message.timeout.ms']);
    const endless = { ...settings, properties: { 'delivery.timeout.ms': '0' } };
    expect(transactionalProperties(endless, 'me', [], 'x')['delivery.timeout.ms']).toBe('15000');
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
      validateProperties(sdk, { 'no.such.thing': 'hunter2', 'linger.ms': 'soon', 'sasl.pasword': 'hunter2' }),
    );
    expect(message).toContain('no.such.thing=(masked)');
    expect(message).toContain('linger.ms=soon');
    expect(message).toContain('sasl.pasword');
    expect(message).not.toContain('hunter2');
  });
});
