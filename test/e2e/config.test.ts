/** Configuration as people paste it: what is taken, what is refused before anything connects, and what is never shown. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { cli } from '../helpers/cli';
import { describeWith } from '../helpers/parts';

jest.setTimeout(120_000);

const FIXTURES = resolve(__dirname, '../fixtures/client-properties');
const SECRETS = /(cluster|registry|msk|hub|oauth)-secret-\d|hunter2|phrase-6/;

function fixture(name: string): string {
  return join(FIXTURES, `${name}.properties`);
}

function written(name: string, text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'stream-infer-config-')), name);
  writeFileSync(file, text);
  return file;
}

const KAFKA = ['--broker', 'kafka'];

describeWith(['kafka-addon'], 'a client.properties that was pasted', () => {
  it.each(['confluent-cloud', 'msk-scram', 'event-hubs'])('%s is valid as it is', async (name) => {
    const { code, stdout, stderr } = await cli([
      'config',
      'validate',
      ...KAFKA,
      '--kafka-config',
      fixture(name),
    ]);
    expect([code, stdout]).toEqual([0, 'the configuration is valid\n']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/not used here: /);
    expect(stderr).not.toMatch(SECRETS);
  });

  it('shows no secret, whatever command is asked', async () => {
    const flags = [...KAFKA, '--kafka-config', fixture('confluent-cloud'), '--port', '0'];
    const wrong = ['-X', 'ssl.key.password=phrase-6', '-X', 'basic.auth.user.info=key:hunter2'];
    const commands = [
      ['config', 'print', ...flags, ...wrong],
      ['config', 'print', ...flags, ...wrong, '--sources'],
      ['config', 'validate', ...flags, ...wrong],
      ['doctor', ...flags, ...wrong],
      ['run', ...flags, ...wrong],
      ['publish', ...flags, ...wrong],
      ['run', ...KAFKA, '-X', 'sasl.password:hunter2'],
      ['run', ...KAFKA, '--tokn=hunter2'],
      ['run', ...KAFKA, '-c', written('wrong.yaml', 'kafka:\n  properties:\n    sasl.password: "hunter2\n')],
      ['run', ...KAFKA, '-c', written('alias.yaml', 'kafka:\n  properties:\n    sasl.password: *hunter2\n')],
      ['run', ...KAFKA, '-c', written('list.yaml', 'http: { host: [ { token: hunter2 } ] }\n')],
    ];
    for (const command of commands) {
      const { stdout, stderr } = await cli(command);
      expect({ command, shown: SECRETS.exec(stdout + stderr)?.[0] }).toEqual({ command, shown: undefined });
    }
  });
});

describeWith(['kafka-addon'], 'what librdkafka refuses when a client is made', () => {
  const refused: [what: string, flags: string[], message: RegExp][] = [
    ['a session above max.poll.interval', ['-X', 'max.poll.interval.ms=10000'], /session\.timeout\.ms=45000/],
    [
      'a CA file that is missing',
      ['-X', 'security.protocol=SSL', '-X', 'ssl.ca.location=/nowhere.pem'],
      /no file \/nowhere\.pem/,
    ],
    ['no mechanism', ['-X', 'security.protocol=SASL_SSL'], /sasl\.mechanisms/],
    ['an unknown mechanism', ['-X', 'security.protocol=SASL_SSL', '-X', 'sasl.mechanisms=MAGIC'], /MAGIC/],
    ['no password', ['-X', 'security.protocol=SASL_SSL', '-X', 'sasl.mechanisms=PLAIN'], /sasl\.password/],
    [
      'fetch sizes',
      ['-X', 'fetch.max.bytes=99999999', '-X', 'receive.message.max.bytes=1000'],
      /receive\.message\.max\.bytes=1000/,
    ],
    [
      'the new protocol with the old time-out',
      ['-X', 'group.protocol=consumer', '-X', 'session.timeout.ms=9000'],
      /group\.protocol=consumer/,
    ],
    ['requests in flight', ['-X', 'max.in.flight=10'], /<= 5/],
    [
      'a linger longer than the delivery',
      ['-X', 'linger.ms=20000', '-X', 'message.timeout.ms=10000'],
      /linger\.ms=20000/,
    ],
    [
      'back-off that ends before it begins',
      ['-X', 'reconnect.backoff.ms=9000'],
      /reconnect\.backoff\.max\.ms=1000/,
    ],
    [
      'no address of a broker',
      ['--bootstrap-servers', 'http://x:9092'],
      /http is not the security\.protocol/,
    ],
    ['a port that there is not', ['--bootstrap-servers', 'x:99999'], /a port is 1 to 65535/],
    [
      'a transaction shorter than its linger',
      ['--delivery', 'exactly-once', '-X', 'transaction.timeout.ms=1000', '-X', 'linger.ms=5000'],
      /linger\.ms=5000/,
    ],
  ];

  it.each(refused)('is a mistake for config validate: %s', async (_, flags, message) => {
    const { code, stderr } = await cli(['config', 'validate', ...KAFKA, ...flags]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error CONFIG_INVALID: /);
    expect(code).toBe(2);
  });

  it.each([refused[0]!, refused[1]!, refused[12]!])(
    'ends run with exit code 2: %s',
    async (_, flags, message) => {
      const { code, stderr } = await cli(['run', ...KAFKA, ...flags, '--no-http']);
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    },
  );

  it('is no mistake where ours gives way: a message time-out that is longer than a transaction', async () => {
    const flags = ['--delivery', 'exactly-once', '-X', 'message.timeout.ms=120000'];
    expect(await cli(['config', 'validate', ...KAFKA, ...flags])).toMatchObject({ code: 0 });
  });
});

describe('properties in the environment', () => {
  it('come as JSON or as lines, so that values may hold commas, and each has its source', async () => {
    const env = { STREAM_INFER_KAFKA_PROPERTIES: 'bootstrap.servers=a:1,b:2\n# why\nclient.id=x,y\n' };
    const lines = await cli(['config', 'print', ...KAFKA, '--sources'], env);
    expect(lines.stdout).toMatch(/bootstrap\.servers +"a:1,b:2" +environment STREAM_INFER_KAFKA_PROPERTIES/);
    expect(lines.stdout).toMatch(/client\.id +"x,y" +environment/);
    const json = { STREAM_INFER_KAFKA_PROPERTIES: '{"client.id": "x,y", "linger.ms": 5}' };
    const { stdout } = await cli(['config', 'print', ...KAFKA, '--sources'], json);
    expect(stdout).toMatch(/client\.id +"x,y"/);
    expect(stdout).toMatch(/linger\.ms +"5"/);
  });
});
