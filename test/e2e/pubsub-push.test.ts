/** Pub/Sub's push and a process that is killed, started by messages, or cut off from the broker. */
import { PubSub } from '@google-cloud/pubsub';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli, until } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { freePort } from '../helpers/free-port';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '../..');
const PROJECT = 'stream-infer-push';
const AUDIENCE = 'https://stream-infer-1.europe-west1.run.app';
const PUSHER = 'pusher@my-project.iam.gserviceaccount.com';
const PATIENCE = 60_000;
const UNAVAILABLE = 14;

/** Processor time that a process has used, s (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Processor time of a process that loads these packages and ends, s. */
function secondsToLoad(packages: readonly string[]): number {
  const script = `${packages.map((name) => `require('${name}');`).join('')}
    const { user, system } = process.cpuUsage();
    console.log((user + system) / 1e6);`;
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

describeWith(['go'], 'messages pushed by Pub/Sub', () => {
  const fake = new PubsubFake();
  let client: PubSub;
  let port: number;
  let issuer: string;
  let published = 0;
  const running: Cli[] = [];

  beforeAll(async () => {
    await fake.start();
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    client = new PubSub({ projectId: PROJECT, clientOptions: { universeDomain: 'googleapis.com' } });
    [port, issuer] = [await freePort(), await fake.issuer()];
    for (const topic of ['images', 'raw', 'forged']) await client.createTopic(topic);
    await subscribe('images', PUSHER);
    await subscribe('raw', PUSHER, { noWrapper: { writeMetadata: true } });
    await subscribe('forged', 'someone@other.iam.gserviceaccount.com');
  }, BUILD_TIME);

  afterEach(() => Promise.all(running.splice(0).map((program) => program.stop('SIGKILL'))));
  afterAll(async () => {
    await client.close();
    await fake.kill();
  });

  async function subscribe(topic: string, serviceAccountEmail: string, more: object = {}): Promise<void> {
    const pushEndpoint = `http://127.0.0.1:${port}/pubsub/push`;
    await client.createSubscription(topic, `${topic}-push`, {
      pushConfig: { pushEndpoint, oidcToken: { serviceAccountEmail, audience: AUDIENCE }, ...more },
    });
  }

  function start(): Cli {
    const flags = ['--broker', 'pubsub', '--project', PROJECT, '--port', String(port), '--workers', '1'];
    const program = new Cli([...flags, '--precision', 'fp32', '--store', 'none'], {
      PUBSUB_EMULATOR_HOST: fake.address,
      STREAM_INFER_PUBSUB_PUSH_ENABLED: 'true',
      STREAM_INFER_PUBSUB_PUSH_AUDIENCES: AUDIENCE,
      STREAM_INFER_PUBSUB_PUSH_SERVICE_ACCOUNTS: PUSHER,
      STREAM_INFER_PUBSUB_PUSH_ISSUER: issuer,
    });
    running.push(program);
    return program;
  }

  async function publish(topic: string, count: number, data = Buffer.alloc(784, 7)): Promise<void> {
    const messages = Array.from({ length: count }, () => ({ data, attributes: { n: String(published++) } }));
    await Promise.all(messages.map((message) => client.topic(topic).publishMessage(message)));
  }

  /** Numbers of the messages with an outcome in the topic. */
  async function outcomes(topic = 'predictions'): Promise<Set<string | undefined>> {
    const messages = await fake.messages(PROJECT, topic);
    return new Set(messages.map(({ attributes }) => attributes?.['n']));
  }

  async function acknowledged(topic = 'images'): Promise<number> {
    return (await fake.messages(PROJECT, topic)).filter(({ acks }) => acks > 0).length;
  }

  async function untilPredicted(count: number, program: Cli): Promise<void> {
    await until(
      async () => (await outcomes()).size >= count,
      PATIENCE,
      () => program.stderr,
    );
  }

  async function untilAcknowledged(count: number, program: Cli, topic = 'images'): Promise<void> {
    await until(
      async () => (await acknowledged(topic)) === count,
      PATIENCE,
      () => program.stderr,
    );
  }

  // Machines differ by more than a factor of two: the measure is what the libraries alone cost here.
  it('start a process, which answers the first one after five times the cost of loading its libraries', async () => {
    const libraries = secondsToLoad(['@google-cloud/pubsub', 'express', 'onnxruntime-node']);
    await publish('images', 1);
    const program = start();
    await until(
      async () => ((await fake.pushStatuses())['204'] ?? 0) > 0,
      PATIENCE,
      () => program.stderr,
    );
    expect(cpuSeconds(program.child.pid as number)).toBeLessThan(5 * libraries);
    expect(await outcomes()).toEqual(new Set(['0']));
    await program.stop();
    expect(await acknowledged()).toBe(1);
  });

  it('all get an outcome when the process is killed in between, and bad ones a dead letter', async () => {
    const before = published;
    await publish('images', 200);
    await publish('images', 1, Buffer.from('not an image'));
    await publish('raw', 20);
    let program = start();
    for (const share of [30, 100]) {
      await untilPredicted(before + share, program);
      await program.stop('SIGKILL');
      program = start();
    }
    await untilPredicted(published - 1, program);
    await untilAcknowledged(202, program);
    await untilAcknowledged(20, program, 'raw');
    expect(await outcomes('images.dlq')).toEqual(new Set([String(before + 200)]));
    await fake.rotateKey();
    await program.stop();
  });

  it('are not acknowledged before the broker confirms their predictions', async () => {
    const program = await start().ready();
    await publish('images', 5);
    const before = (await fake.messages(PROJECT, 'images')).length;
    await untilAcknowledged(before, program);
    await program.stop();
    await publish('images', 5);
    await fake.fault({ method: 'Publish', kind: 'fail', code: UNAVAILABLE, left: -1 });
    const cutOff = start();
    await cutOff.ready();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await acknowledged()).toBe(before);
    await fake.clear();
    await untilAcknowledged(before + 5, cutOff);
    expect((await outcomes()).size).toBe(published - 1);
    expect((await cutOff.stop()).code).toBe(0);
  });

  it('are refused with the token of another account, and the log says so', async () => {
    const program = await start().ready();
    const before = await outcomes();
    await publish('forged', 1);
    await until(
      async () => ((await fake.pushStatuses())['401'] ?? 0) > 0,
      PATIENCE,
      () => program.stderr,
    );
    await until(
      () => program.stderr.includes('refused a push'),
      PATIENCE,
      () => program.stderr,
    );
    expect(program.stderr).toContain('someone@other.iam.gserviceaccount.com');
    expect(await outcomes()).toEqual(before);
    await program.stop();
  });

  it('are tried as the guide says, without a token on loopback', async () => {
    const page = 'docs/guides/cloud-run.md';
    const lines = commandLinesOf(page).map(({ text }) => text);
    const words = lines.map(ownWords).find((own) => own?.[0] === 'run') ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'stream-infer-push-'));
    const [, settings = ''] = /^```yaml\n([^]*?)^```$/m.exec(readFileSync(join(ROOT, page), 'utf8')) ?? [];
    writeFileSync(join(folder, 'push.yaml'), settings);
    const env = { PUBSUB_EMULATOR_HOST: fake.address, STREAM_INFER_INFERENCE_WORKERS: '1' };
    const program = new Cli([...words, '--project', PROJECT, '--port', '0'], env, folder);
    running.push(program);
    await until(
      () => /on http:/.test(program.stderr),
      PATIENCE,
      () => program.stderr,
    );
    const curls = lines.filter((line) => line.startsWith('curl '));
    expect(curls).toHaveLength(2);
    const before = (await fake.messages(PROJECT, 'predictions')).length;
    for (const line of curls) {
      const here = line.replace('localhost:8080', new URL(program.url).host);
      expect(execFileSync('bash', ['-c', here], { cwd: ROOT, encoding: 'utf8' })).toContain('204 No Content');
    }
    expect(await fake.messages(PROJECT, 'predictions')).toHaveLength(before + 2);
  });
});
