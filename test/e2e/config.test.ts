/** Pasted client properties: accepted ones, ones rejected before connecting, and secrets that are never shown. */
import { join, resolve } from 'node:path';

import { cli } from '../helpers/cli';
import { describeWith } from '../helpers/parts';

jest.setTimeout(120_000);

const FIXTURES = resolve(__dirname, '../fixtures/client-properties');
const SECRETS = /(cluster|registry|msk|hub|oauth)-secret-\d|hunter2|phrase-6/;

function fixture(name: string): string {
  return join(FIXTURES, `${name}.properties`);
}

const KAFKA = ['--broker', 'kafka'];

describeWith(['kafka-addon'], 'a client.properties that was pasted', () => {
  it.each(['confluent-cloud', 'msk-scram', 'event-hubs'])('%s is valid unchanged', async (name) => {
    const { code, stdout, stderr } = await cli([
      'config',
      'validate',
      ...KAFKA,
      '--kafka-config',
      fixture(name),
    ]);
    expect([code, stdout]).toEqual([0, 'the configuration is valid\n']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/ignored properties: /);
    expect(stderr).not.toMatch(SECRETS);
  });

  it('shows no secret in any command', async () => {
    const flags = [...KAFKA, '--kafka-config', fixture('confluent-cloud'), '--port', '0'];
    const wrong = ['-X', 'ssl.key.password=phrase-6', '-X', 'basic.auth.user.info=key:hunter2'];
    const commands = [
      ['config', 'print', ...flags, ...wrong],
      ['config', 'print', ...flags, ...wrong, '--sources'],
      ['config', 'validate', ...flags, ...wrong],
      ['doctor', ...flags, ...wrong],
      ['run', ...flags, ...wrong],
      ['run', ...KAFKA, '--tokn=hunter2'],
    ];
    for (const command of commands) {
      const { stdout, stderr } = await cli(command);
      expect({ command, shown: SECRETS.exec(stdout + stderr)?.[0] }).toEqual({ command, shown: undefined });
    }
  });
});

describeWith(['kafka-addon'], 'what librdkafka refuses when a client is made', () => {
  it.each([
    ['a session above max.poll.interval', ['-X', 'max.poll.interval.ms=10000'], /session\.timeout\.ms=45000/],
    [
      'a transaction shorter than its linger',
      ['--delivery', 'exactly-once', '-X', 'transaction.timeout.ms=1000', '-X', 'linger.ms=5000'],
      /linger\.ms=5000/,
    ],
  ])('makes run and config validate exit with code 2: %s', async (_, flags, message) => {
    for (const command of [
      ['run', '--no-http'],
      ['config', 'validate'],
    ]) {
      const { code, stderr } = await cli([...command, ...KAFKA, ...flags]);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^error CONFIG_INVALID: /m);
      expect(code).toBe(2);
    }
  });
});
