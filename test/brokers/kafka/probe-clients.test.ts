import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { createProbedKafkaBroker } from '../../../src/brokers/kafka/broker';
import { MASKED_KAFKA_PROPERTIES, SHOWN_KAFKA_PROPERTIES } from '../../../src/core/kafka-properties';
import { silentContext } from '../../helpers/broker-context';
import { describeWith, requirePart } from '../../helpers/parts';

describeWith(['kafka-addon'], 'a broker is refused at once', () => {
  async function refusal(properties: Record<string, string>, transactions = false): Promise<string> {
    const settings = { properties, embedded: false, transactions };
    return await createProbedKafkaBroker(settings, silentContext()).then(
      () => 'taken',
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
        return (error as Error).message;
      },
    );
  }

  const SASL = { 'security.protocol': 'SASL_SSL' };

  it.each<[string, Record<string, string>, RegExp]>([
    ['a session above max.poll.interval', { 'max.poll.interval.ms': '9000' }, /session\.timeout\.ms=45000/],
    [
      'a CA file that is missing',
      { 'security.protocol': 'SSL', 'ssl.ca.location': '/nowhere.pem' },
      /nowhere\.pem does not exist/,
    ],
    ['a mechanism that is not named', SASL, /sasl\.mechanisms/],
    ['a mechanism that there is not', { ...SASL, 'sasl.mechanisms': 'MAGIC' }, /MAGIC/],
    ['a password that is not there', { ...SASL, 'sasl.mechanism': 'PLAIN' }, /sasl\.password/],
    [
      'fetches larger than an answer',
      { 'fetch.max.bytes': '99999999', 'receive.message.max.bytes': '1000' },
      /receive\.message\.max\.bytes=1000/,
    ],
    [
      'the new protocol with a time-out of the old one',
      { 'group.protocol': 'consumer', 'session.timeout.ms': '9000' },
      /session\.timeout\.ms=9000/,
    ],
    ['too many requests in flight', { 'max.in.flight': '10' }, /<= 5/],
    ['no retries', { retries: '0' }, /retries=0/],
    [
      'waiting longer than a delivery may take',
      { 'linger.ms': '20000', 'message.timeout.ms': '10000' },
      /linger\.ms=20000/,
    ],
    ['a back-off that ends before it begins', { 'reconnect.backoff.ms': '9000' }, /max\.ms=1000/],
    [
      'a keystore that is missing',
      { 'security.protocol': 'SSL', 'ssl.keystore.location': '/x.p12' },
      /\/x\.p12/,
    ],
    [
      'a cipher that there is not',
      { 'security.protocol': 'SSL', 'ssl.cipher.suites': 'X' },
      /no cipher match/,
    ],
    [
      'an address that is none',
      { 'bootstrap.servers': 'http://x:9092' },
      /scheme http contradicts security\.protocol/,
    ],
  ])('for %s', async (_, properties, message) => {
    expect(await refusal(properties)).toMatch(message);
  });

  it('for a transaction that ends before its messages are sent, where there are transactions', async () => {
    const properties = { 'transaction.timeout.ms': '1000', 'linger.ms': '5000' };
    expect(await refusal(properties)).toBe('taken');
    expect(await refusal(properties, true)).toMatch(/linger\.ms=5000/);
  });

  it('for a key that is none, which is not repeated', async () => {
    const message = await refusal({ 'security.protocol': 'SSL', 'ssl.key.pem': 'hunter2' });
    expect(message).toMatch(/ssl\.key\.pem failed.*\(ssl\.key\.pem=\(masked\)\)/);
    expect(message).not.toContain('hunter2');
  });

  it('but not where ours gives way', async () => {
    expect(await refusal({ 'message.timeout.ms': '120000' }, true)).toBe('taken');
    expect(await refusal({ 'group.protocol': 'CONSUMER' })).toBe('taken');
  });
});

describeWith(['kafka-addon'], 'the names of properties', () => {
  /** Pointers and callbacks, which are not text, or have no use for a streaming client. */
  const OTHERS =
    /_cb$|^(builtin\.features|default_topic_conf|enabled_events|interceptors|internal\.termination\.signal|log\.queue|max\.poll\.records|opaque|msg_order_cmp|share\.acknowledgement\.mode|ssl\.engine\.(id|location)|ssl_(ca|certificate|key|engine_callback_data))$/;

  it('are those of the client that is installed', () => {
    const addon = dirname(
      require.resolve('@confluentinc/kafka-javascript/package.json', { paths: [requirePart('kafka-addon')] }),
    );
    const text = readFileSync(join(addon, 'deps/librdkafka/CONFIGURATION.md'), 'utf8');
    const names = [...text.matchAll(/^([a-z][\w.]*) +\| +[CP*] +\|/gm)].map(([, name]) => name as string);
    const known = new Set([...SHOWN_KAFKA_PROPERTIES, ...MASKED_KAFKA_PROPERTIES]);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => !known.has(name) && !OTHERS.test(name))).toEqual([]);
    expect([...known].filter((name) => !names.includes(name))).toEqual([]);
    expect(
      [...SHOWN_KAFKA_PROPERTIES].filter((name) => /password|secret|passphrase|\.pem$|jaas/.test(name)),
    ).toEqual([]);
  });
});
