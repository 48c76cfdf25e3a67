import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAIN } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

jest.setTimeout(600_000);

const ROOT = join(__dirname, '../..');
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

/** A folder with the files that the commands name. */
function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-docs-'));
  cpSync(join(ROOT, 'examples/ankle-boot.png'), join(folder, 'examples/ankle-boot.png'));
  writeFileSync(join(folder, 'client.properties'), PROPERTIES);
  return folder;
}

/** Runs a line in the folder, with this build in place of npx; throws with its output unless it succeeds. */
function runLine(line: string, folder: string, env: NodeJS.ProcessEnv = {}): string {
  const words = ownWords(line);
  if (words === undefined) throw new Error(`not a stream-infer command: ${line}`);
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
  /** Runs until it is stopped. */
  const endless = ['npx --no-install stream-infer'];
  const ours = needing('').filter((line) => ownWords(line) !== undefined && !endless.includes(line));

  it('has commands to run', () => {
    expect(ours.length).toBeGreaterThan(7);
  });

  it('names a prefix that runs this checkout', () => {
    const command = 'npx --no-install stream-infer --version';
    expect(execFileSync('bash', ['-c', command], { cwd: ROOT, encoding: 'utf8' })).toMatch(
      /^\d+\.\d+\.\d+\n$/,
    );
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

describeWith(['java', 'maven', 'kafka-addon', 'dataset'], 'the README and the guides, with Kafka', () => {
  const folder = createFolder();
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await KafkaServer.create();
  }, 240_000);
  afterAll(() => kafka.close());

  const prefix = 'npx --no-install stream-infer ';
  /** Runs the line of the page that starts with the command, on this broker. */
  const run = (page: string, command: string): string => {
    const line = commandLinesOf(page).find(({ text }) => text.startsWith(prefix + command));
    if (line === undefined) throw new Error(`${page} has no line with ${command}`);
    return runLine(line.text, folder, { KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers });
  };

  it('create topics, publish, classify, follow, list, redrive and replay', () => {
    run('README.md', 'topics create --broker kafka');
    run('README.md', 'publish --broker kafka');
    run('README.md', 'run --broker kafka --limit 100');
    expect(run('README.md', 'tail --broker kafka').trim().split('\n')).toHaveLength(10);
    run('docs/guides/dead-letters.md', 'dlq list --broker kafka');
    run('docs/guides/dead-letters.md', 'dlq redrive --broker kafka --all --yes');
    run('docs/guides/replay.md', 'replay --broker kafka --from 2h');
  });

  it('refer to an image, and find the refused one', () => {
    const lines = commandLinesOf('docs/guides/references.md').filter(({ needs }) => needs === 'kafka');
    const script = lines.map(({ text }) =>
      text.replace('npx --no-install stream-infer', `"${process.execPath}" "${MAIN}"`),
    );
    const env = {
      ...process.env,
      XDG_DATA_HOME: folder,
      KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers,
      STREAM_INFER_HTTP_PORT: '0',
      // Other topics than those of the other pages.
      STREAM_INFER_INPUT_TOPIC: 'references',
      STREAM_INFER_INPUT_GROUP: 'references',
    };
    const printed = execFileSync('bash', ['-ec', script.join('\n')], {
      cwd: folder,
      env,
      encoding: 'utf8',
      timeout: 240_000,
    });
    expect(printed).toContain('Ankle boot');
    expect(printed).toContain('REFERENCE_FORBIDDEN');
  });
});

describeWith(['dataset'], 'the README, without a broker', () => {
  const folder = createFolder();
  const lines = commandLinesOf('README.md').map(({ text }) => text);

  it.each(['doctor', 'classify'])('%s', (command) => {
    const line = lines.find((text) => text.startsWith(`npx --no-install stream-infer ${command}`));
    expect(runLine(line ?? '', folder)).not.toBe('');
  });

  it('the example of another model makes the folder that run serves', () => {
    expect(lines).toContain('node examples/other-model.mjs ./bars');
    execFileSync(process.execPath, [join(ROOT, 'examples/other-model.mjs'), './bars'], { cwd: folder });
    runLine(lines.find((text) => text.includes('--model ./bars')) ?? '', folder);
  });
});
