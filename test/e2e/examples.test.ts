/** Each example of the documentation runs with its documented command on each of its brokers. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { KafkaServer } from '../helpers/kafka';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { describeWith } from '../helpers/parts';
import { Cli, type Finished } from '../helpers/cli';

const EXAMPLES = resolve(__dirname, '../../examples');
jest.setTimeout(300_000);

const home = mkdtempSync(join(tmpdir(), 'stream-infer-examples-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const child = spawn(process.execPath, args, {
    cwd: EXAMPLES,
    env: { ...process.env, XDG_DATA_HOME: home, NO_COLOR: '1', NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done) => child.once('close', (code, signal) => done({ code, signal, stdout, stderr })));
}

async function run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout, stderr } = await node(args, env);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** What the examples for all brokers print, whatever the broker. */
function onBroker(broker: string, env: () => NodeJS.ProcessEnv): void {
  it('produces and consumes typed messages', async () => {
    const out = await run(['produce-and-consume.mjs', broker], env());
    expect(out).toContain('warmest: { cellar: 13.5, roof: 31 }');
    expect(out).toContain('refused: DESERIALIZE_FAILED, HANDLER_FAILED');
  });

  it('settles in batches', async () => {
    expect(await run(['settle-in-batches.mjs', broker], env())).toContain('settled 30 rows in batches of 10');
  });

  it('embeds the pipeline', async () => {
    const out = await run(['embed-pipeline.mjs', broker], env());
    expect(out).toMatch(/most of \d+ predictions are right/);
    expect(out).toMatch(/drained: \{ settled: 1\d\d, left: 0 \}/);
  });

  it('replaces the model with a function', async () => {
    const out = await run(['own-function.mjs', broker], env());
    expect(out).toBe('dark: class 0\ngrey: class 5\nwhite: the function failed: blinded\n');
  });
}

describe('the examples on memory', () => onBroker('memory', () => ({})));

describeWith(['kafka-addon'], 'the examples on the embedded Kafka', () => onBroker('embedded', () => ({})));

describeWith(['java', 'maven', 'kafka-addon'], 'the examples on Apache Kafka', () => {
  let server: KafkaServer | undefined;
  beforeAll(async () => {
    server = await KafkaServer.create();
  }, 300_000);
  afterAll(() => server?.close());
  onBroker('kafka', () => ({ KAFKA_BOOTSTRAP_SERVERS: server?.bootstrapServers }));
});

describeWith(['go'], 'the examples on Pub/Sub', () => {
  const fake = new PubsubFake();
  beforeAll(() => fake.start(), BUILD_TIME);
  afterAll(() => fake.kill());
  onBroker('pubsub', () => ({ PUBSUB_EMULATOR_HOST: fake.address }));
});

describe('the examples without a broker', () => {
  it('classify images in process', async () => {
    const out = await run(['classify.mjs']);
    expect(out).toMatch(/^fashion-mnist@\d+ on \S+, 10 classes\nsample 0: /);
    expect(out).toContain('sample 3: NOT_AN_IMAGE');
  });

  it('call a running process by the typed client', async () => {
    const server = await new Cli(['--broker', 'memory', '--port', '0', '--token', 'very-secret']).ready();
    try {
      const out = await run(['client.mjs', server.url, 'very-secret']);
      expect(out).toMatch(/^fashion-mnist@\d+ is serving\n/);
      expect(out).toContain('ankle-boot.png: Ankle boot');
      expect(out).toContain('no image: 422 NOT_AN_IMAGE');
      expect(out).toContain('without a token: 401 UNAUTHORIZED');
    } finally {
      await server.stop();
    }
  });

  it('train another model on another dataset and predict with it', async () => {
    const out = await run(['other-model.mjs']);
    expect(out).toBe('horizontal\nvertical\ndiagonal\nby the stream: horizontal, vertical, diagonal\n');
  });

  it('test a handler with the memory broker', async () => {
    expect(await run(['--test', 'handler.test.mjs'])).toMatch(/^# pass 1$|ℹ pass 1/m);
  });
});

describe('the file-system broker', () => {
  it('carries images to the model and back', async () => {
    const folder = mkdtempSync(join(home, 'topics-'));
    expect(await run(['file-broker/demo.mjs', folder])).toContain('50 predictions are in');
  });

  it('follows the contract of all brokers', async () => {
    const out = await run(['--test', 'file-broker/contract.test.mjs']);
    expect(out).toMatch(/^# fail 0$|ℹ fail 0/m);
    const passed = Number(/(?:#|ℹ) pass (\d+)/.exec(out)?.[1]);
    expect(passed).toBeGreaterThan(25);
  });
});
