/** The package as it would be published, installed into an empty folder, on the versions of Node that it is for. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { KafkaServer } from '../helpers/kafka';
import { describeWith, findPart, type Part } from '../helpers/parts';

const ROOT = resolve(__dirname, '../..');
/** Where nothing is cached it compiles the Kafka client, which takes a minute or two. */
const TIMEOUT = 1_500_000;
jest.setTimeout(TIMEOUT);

/** Every other suite covers Node 20. */
const VERSIONS = ['22', '24'];
/** The furthest from the one that the Kafka client of this checkout was compiled for; each further one costs a minute. */
const WITH_KAFKA = '24';

describeWith(['node-22', 'node-24', 'java', 'maven'], 'the tarball on other versions of Node', () => {
  let kafka: KafkaServer;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stream-infer-node-'));
    kafka = await KafkaServer.create();
  }, TIMEOUT);
  afterAll(async () => {
    await kafka.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('installs without install scripts, classifies, and reads Kafka after the repair of its client', async () => {
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = spawnSync('npm', pack, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 });
    const [packed] = JSON.parse(stdout) as [{ filename: string }];
    const lines = await smoke([
      join(folder, packed.filename),
      ...['--scripts', 'blocked', '--node', VERSIONS.join(',')],
      ...['--kafka', kafka.bootstrapServers, '--kafka-node', WITH_KAFKA],
    ]);
    expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
    for (const version of VERSIONS)
      expect(lines).toContain(`ok     scripts blocked, Node ${version}: 50 predictions`);
    expect(lines).toContain(`ok     scripts blocked, Node ${WITH_KAFKA}: 50 predictions through Kafka`);
    // What doctor said before: which part it is, and one command.
    expect(lines.join('\n')).toMatch(
      /@confluentinc\/kafka-javascript does not load [^\n]*; the Kafka broker is disabled\n +node \S+setup\.mjs --only kafka\n/,
    );
  });
});

const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

/** Standard output of the program on another version of Node; it must end well and warn of nothing. */
function programOn(part: Part, ...args: string[]): string {
  const env = { ...process.env, XDG_DATA_HOME: mkdtempSync(join(tmpdir(), 'stream-infer-home-')) };
  const { stdout, stderr, signal } = spawnSync(findPart(part) ?? part, [MAIN, ...args], {
    encoding: 'utf8',
    env,
  });
  expect(stderr).not.toContain('DeprecationWarning');
  expect(signal).toBeNull();
  return stdout;
}

const LATER = ['node-24', 'node-26'] as const;

describeWith(['tfjs-node', ...LATER], 'tfjs-node on later versions of Node', () => {
  it.each(LATER)('classifies on %s, and doctor says that it works', (part) => {
    const run = ['run', '--runtime', 'tfjs-node', '--precision', 'fp32', '--limit', '3', '--print', '--json'];
    expect(programOn(part, ...run, '--no-http').match(/"runtime":"tfjs-node"/g)).toHaveLength(3);
    const checks = JSON.parse(programOn(part, 'doctor', '--json', '--no-http')) as {
      name: string;
      detail: string;
    }[];
    expect(checks.find(({ name }) => name === 'tfjs-node')?.detail).toMatch(/works$/);
  });
});

const OTHERS = ['node-22', ...LATER] as const;

describeWith(['tfjs-node', 'dataset', ...OTHERS], 'train and evaluate on other versions of Node', () => {
  it.each(OTHERS)('train a model for one epoch, and measure the same accuracy: %s', (part) => {
    const out = join(mkdtempSync(join(tmpdir(), 'stream-infer-trained-')), '1');
    const flags = ['--architecture', 'light', '--epochs', '1', '--warm-up-epochs', '0', '--out', out];
    const [model = ''] = programOn(part, 'train', ...flags, '--json')
      .trim()
      .split('\n')
      .slice(-1);
    const trained = JSON.parse(model) as { test: Measured };
    expect(trained.test.accuracy).toBeGreaterThan(0.8);
    const evaluated = programOn(part, 'evaluate', '--model', out, '--runtime', 'tfjs-node', '--json');
    expect((JSON.parse(evaluated) as Measured).accuracy).toBeCloseTo(trained.test.accuracy, 4);
  });
});

interface Measured {
  readonly accuracy: number;
}

/** Throws with its output when a check failed. */
async function smoke(args: readonly string[]): Promise<string[]> {
  const script = join(ROOT, 'scripts', 'release', 'smoke.mjs');
  const options = { cwd: ROOT, timeout: TIMEOUT, maxBuffer: 1 << 26 };
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], options).catch(
    (error: Error & { stdout?: string }) => {
      throw new Error(error.stdout ?? '', { cause: error });
    },
  );
  return stdout.split('\n');
}
