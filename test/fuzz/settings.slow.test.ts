/** Settings: YAML, JSON and a pasted client.properties. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseClientProperties } from '../../src/brokers/kafka/client-properties';
import { loadConfig } from '../../src/config/load';
import { StreamInferError } from '../../src/core/errors';
import { readSettings } from '../../src/core/read-settings';
import { fuzz } from './fuzz';
import { heldFor, LONGEST_HOLD } from './held-for';
import { useFolder } from './use-folder';

jest.setTimeout(600_000);

const folder = useFolder();
const load = (text: Buffer | string): unknown => {
  const file = join(folder(), 'settings.yaml');
  writeFileSync(file, text);
  return loadConfig({ file, env: {} });
};
const paste = (text: Buffer | string): unknown => {
  const file = join(folder(), 'client.properties');
  writeFileSync(file, text);
  return parseClientProperties(read(file));
};

/** As the flag `--kafka-config` does. */
function read(file: string): string {
  try {
    return readSettings(file);
  } catch (error) {
    throw StreamInferError.from(error, 'USAGE');
  }
}

/** The problem that `read` reports, and soon. */
async function problem(read: () => unknown): Promise<unknown> {
  let problem: unknown;
  const hold = await heldFor(() => {
    try {
      read();
    } catch (error) {
      problem = error;
    }
  });
  expect(hold).toBeLessThan(LONGEST_HOLD);
  return problem;
}

const invalid = (message: RegExp): object => ({
  code: 'CONFIG_INVALID',
  message: expect.stringMatching(message) as string,
});

describe('a file of settings', () => {
  const json = {
    broker: 'kafka',
    input: { topic: 'images', schema: { image: 'picture.bytes' } },
    schemaRegistry: { url: 'http://registry:8081' },
    output: { routes: [{ topic: 'bags', classes: ['Bag', 3], minConfidence: 0.5 }] },
    kafka: { properties: { 'bootstrap.servers': 'a:1' }, oidc: { extensions: { id: 'x' } } },
    inference: { workers: 2, targetP99: '50ms' },
    alerts: [
      { kind: 'label', name: 'bags', labels: ['Bag'], cooldown: '5m' },
      { kind: 'rate', name: 'many', label: 4, moreThan: 10 },
    ],
    references: { allow: ['https://example.com/'] },
    http: { allowedHosts: ['a', 'b'] },
  };
  const yaml = `# Comment
inference: &i
  model: \${MODEL:-fashion-mnist}
  workers: auto
alerts:
  - { kind: wrong, name: "wrong ones", count: 3, window: 10s }
  - kind: drift
    name: drift
log: { level: 'debug' }
shutdownTimeout: 10s
`;

  it('gives settings or CONFIG_INVALID', () =>
    fuzz([Buffer.from(JSON.stringify(json)), Buffer.from(yaml)], load, { codes: ['CONFIG_INVALID'] }));

  it.each([
    ['a list of many values', `alerts: [${'0,'.repeat(40_000)}0]`, /at most 100 rules/],
    ['a list of more values', `alerts: [${'0,'.repeat(70_000)}0]`, /more than 50000 values/],
    ['a list of many rules', `alerts: [${'{kind: wrong, name: a},'.repeat(8_000)}]`, /at most 100 rules/],
    [
      'many lines',
      `http:\n  allowedHosts:\n${'  - 0\n'.repeat(20_000)}`,
      /20000 mistakes[^]*and 19950 more$/,
    ],
    [
      'many unknown settings',
      Array.from({ length: 15_000 }, (_, i) => `portt${i}: 1`).join('\n'),
      /15000 mistakes[^]*and 14950 more$/,
    ],
    ['many errors', 'a: "\\q"\n'.repeat(15_000), /: Invalid escape sequence .* at line 1, column \d$/],
    ['many aliases', `a: &a 0\nb: [${'*a,'.repeat(20_000)}0]`, /aliases/],
    ['keys in keys', '? '.repeat(40), /a name of a setting is text/],
    ['a key twice', 'broker: kafka\nbroker: memory', /line 2: a name of a setting occurs twice/],
    ['a name of many parts', `"${'a.'.repeat(100_000)}": 1`, /characters|chars/],
    ['a name of as many in JSON', `{"${'a.'.repeat(100_000)}":1}`, /unknown setting/],
    ['many levels', `a: ${'['.repeat(40_000)}`, /deeper than 50/],
    ['many levels of maps', `a: ${'{a: '.repeat(3_000)}0${'}'.repeat(3_000)}`, /deeper than 50/],
    ['many levels of text without an end', `${'{"broker":"ka'.repeat(20_000)}fka"}`, /deeper than 50/],
    ['many levels of text', '{"a":"b"'.repeat(20_000), /deeper than 50/],
    ['many lists in a line', '- '.repeat(20_000), /deeper than 50/],
    ['another file', Buffer.alloc(3 * 2 ** 20, 'a: 1\n'), /more than 1 MiB/],
  ])('with %s is refused soon', async (_what, text, message) => {
    expect(await problem(() => load(text))).toMatchObject(invalid(message));
  });

  it('may have many variables without an end', async () => {
    expect(await problem(() => load(`dataDir: "${'${'.repeat(49_000)}"`))).toBeUndefined();
  });
});

describe('client.properties', () => {
  const fixtures = join(__dirname, '../fixtures/client-properties');
  const pem = `ssl.truststore.certificates=-----BEGIN CERTIFICATE-----\\\n  AAAA\\\n -----END CERTIFICATE-----\n`;
  const seeds = [
    ...readdirSync(fixtures).map((name) => readFileSync(join(fixtures, name))),
    Buffer.from(`bootstrap.servers=a:1,\\\n  b:2\n${pem}max.poll.records: 3\n`),
  ];
  const jaas = (options: string): string =>
    `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${options};\n`;

  it('gives properties or an error', () => fuzz(seeds, paste, { codes: ['CONFIG_INVALID', 'USAGE'] }));

  it.each([
    [
      'many mistyped names',
      Array.from({ length: 1_000 }, (_, i) => `sesion.timeout.ms=${i}`).join('\n'),
      /did you mean session\.timeout\.ms[^]*and 950 more$/,
    ],
    ['many lines', 'a=1\n'.repeat(20_000), /20000 properties/],
    ['a long word', jaas('a'.repeat(200_000)), /username="…" and password="…" are required/],
    ['many words', jaas('a = '.repeat(50_000)), /username="…" and password="…" are required/],
    ['many quotes', jaas(`a='`.repeat(50_000)), /username="…" and password="…" are required/],
    ['another file', Buffer.alloc(3 * 2 ** 20, 'a=1\n'), /more than 1 MiB/],
  ])('with %s is refused soon', async (_what, text, message) => {
    const found = await problem(() => paste(text));
    expect((found as Error).message).toMatch(message);
  });

  it.each([
    ['unknown lines', Array.from({ length: 1_000 }, (_, i) => `some.name.of.others${i}=1`).join('\n')],
    ['continued lines', `client.id=${'a\\\n  '.repeat(150_000)}b`],
    ['backslashes', `client.id=${'\\'.repeat(400_000)}b`],
    ['certificates without an end', `ssl.ca.pem=${'-----BEGIN A-----'.repeat(50_000)}-----END B-----`],
    ['ends without a beginning', `ssl.ca.pem=-----BEGIN A-----${'-----END B-----'.repeat(50_000)}`],
    ['dashes', `ssl.ca.pem=${'-'.repeat(900_000)}`],
  ])('may have many %s', async (_what, text) => {
    expect(await problem(() => paste(text))).toBeUndefined();
  });
});
