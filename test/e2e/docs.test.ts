import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../src/http/png';
import { MAIN } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { readTestImages } from '../helpers/services';

jest.setTimeout(600_000);

const PAGE = 'docs/tutorial/getting-started.md';
const lines = commandLinesOf(PAGE);
const needing = (needs: string) => lines.filter((line) => line.needs === needs).map(({ text }) => text);

const PROPERTIES = [
  'bootstrap.servers=pkc-12345.europe-west1.gcp.confluent.cloud:9092',
  'security.protocol=SASL_SSL',
  'sasl.mechanisms=PLAIN',
  'sasl.username=KEY',
  'sasl.password=SECRET',
].join('\n');

/** A folder like that of somebody who follows the page. */
function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-docs-'));
  writeFileSync(join(folder, 'shirt.png'), encodePng(readTestImages().pixels(0), 1));
  writeFileSync(join(folder, 'client.properties'), PROPERTIES);
  return folder;
}

/** Runs a line as the shell would, with this build for `stream-infer`; throws with its output unless it ends well. */
function runLine(line: string, folder: string, env: NodeJS.ProcessEnv = {}): string {
  const words = ownWords(line);
  if (words === undefined) throw new Error(`not a command of ours: ${line}`);
  return execFileSync(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, XDG_DATA_HOME: folder, STREAM_INFER_HTTP_PORT: '0', NO_COLOR: '1', ...env },
    encoding: 'utf8',
    timeout: 240_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the page Getting started, without a broker', () => {
  const folder = createFolder();
  /** Goes on until it is stopped. */
  const endless = ['npx stream-infer'];
  const ours = needing('').filter((line) => ownWords(line) !== undefined && !endless.includes(line));

  it('has commands to run', () => {
    expect(ours.length).toBeGreaterThan(7);
  });

  it.each(ours)('%s', (line) => {
    expect(runLine(line, folder)).not.toBe('');
  });
});

describeWith(['java', 'maven', 'kafka-addon', 'dataset'], 'the page Getting started, with Kafka', () => {
  const folder = createFolder();
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await KafkaServer.create();
  }, 240_000);
  afterAll(() => kafka.close());

  it.each(needing('kafka'))('%s', (line) => {
    runLine(line.replace('localhost:9092', kafka.bootstrapServers), folder);
  });
});

describeWith(['go', 'dataset'], 'the page Getting started, with Pub/Sub', () => {
  const folder = createFolder();
  const fake = new PubsubFake();
  beforeAll(async () => await fake.start(), BUILD_TIME);
  afterAll(async () => await fake.kill());

  const ours = needing('pubsub').filter((line) => !line.startsWith('export '));
  it.each(ours)('%s', (line) => {
    runLine(line, folder, { GOOGLE_CLOUD_PROJECT: 'my-project', PUBSUB_EMULATOR_HOST: fake.address });
  });
});

describeWith(['java', 'maven', 'kafka-addon', 'dataset'], 'the README, with Kafka', () => {
  const folder = createFolder();
  const readme = commandLinesOf('README.md').map(({ text }) => text);
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await KafkaServer.create();
  }, 240_000);
  afterAll(() => kafka.close());

  /** The line that begins so, with this broker in the place of the usual one. */
  const run = (start: string, more = ''): string => {
    const line = readme.find((text) => text.startsWith(start));
    if (line === undefined) throw new Error(`the README has no line ${start} …`);
    const env = { KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers };
    return runLine(line.replace('localhost:9092', kafka.bootstrapServers) + more, folder, env);
  };

  it('has lines that publish, classify, follow, list and redrive', () => {
    runLine(
      `stream-infer topics create --broker kafka --bootstrap-servers ${kafka.bootstrapServers}`,
      folder,
    );
    run('stream-infer publish --broker kafka --start 0 --end 100 --with-truth');
    run('stream-infer --broker kafka --bootstrap-servers', ' --no-http --limit 100');
    expect(run('stream-infer tail --broker kafka --from earliest').trim().split('\n')).toHaveLength(10);
    run('stream-infer dlq list --broker kafka');
    run('stream-infer dlq redrive --broker kafka --all --yes');
    run('stream-infer replay --broker kafka --from 2h');
  });
});
