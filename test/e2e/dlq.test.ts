/** Dead letters in the real program: listed, redriven, and stopped from looping. */
import { createBroker } from '../../src/brokers/registry';
import { headerText, type BrokerKind, type Delivery, type Header } from '../../src/core/message';
import type { Broker, SourceOptions } from '../../src/core/ports';
import type { Prediction } from '../../src/core/prediction';
import { testImages } from '../fixtures/fashion-mnist';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli, until, type Finished } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

jest.setTimeout(300_000);

const PROJECT = 'stream-infer-dlq';
const image = Buffer.from(testImages().subarray(0, 784));
const TOO_SMALL_A_LIMIT = { STREAM_INFER_INFERENCE_MAX_IMAGE_BYTES: '500' };

interface Listed {
  readonly sourceId: string;
  readonly code: string;
  readonly redriveCount: number;
  readonly complete: boolean;
  readonly key: string | null;
  readonly headers: readonly (readonly [string, string])[];
}

/** The program with the flags of one broker and one set of topics. */
class Program {
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    private readonly flags: readonly string[],
    private readonly runFlags: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ) {
    // Otherwise Kafka would wait for the member of the run before.
    this.env = { STREAM_INFER_INSTANCE_ID: 'dlq-e2e', ...env };
  }

  async run(limit: number, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const args = [
      'run',
      ...this.flags,
      ...this.runFlags,
      '--no-http',
      '--create-topics',
      '--limit',
      String(limit),
    ];
    expect(await cli(args, { ...this.env, ...env })).toMatchObject({ code: 0 });
  }

  /** Runs with HTTP until it is stopped. */
  async start(): Promise<Cli> {
    const flags = [...this.flags, ...this.runFlags, '--port', '0', '--create-topics'];
    return await new Cli(['run', ...flags], this.env).ready();
  }

  async list(...more: string[]): Promise<Listed[]> {
    const { code, stdout, stderr } = await cli(['dlq', 'list', ...this.flags, '--json', ...more], this.env);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Listed);
  }

  async table(...more: string[]): Promise<string> {
    return (await cli(['dlq', 'list', ...this.flags, ...more], this.env)).stdout;
  }

  async redrive(...more: string[]): Promise<Finished> {
    return await cli(['dlq', 'redrive', ...this.flags, ...more], this.env);
  }
}

function openBroker(kind: BrokerKind, properties: Record<string, string> = {}): Promise<Broker> {
  const memory = { partitions: 1, retention: 1, redeliverAfterMs: 1_000 };
  const settings = { kafka: { properties, embedded: false }, pubsub: { project: PROJECT }, memory };
  return createBroker(kind, settings, silentContext('dlq'));
}

async function publish(
  broker: Broker,
  topic: string,
  values: readonly Buffer[],
  headers: readonly Header[] = [],
): Promise<void> {
  const sink = broker.createSink();
  await sink.open(AbortSignal.timeout(30_000));
  await sink.publish(
    topic,
    values.map((value, i) => ({ key: `key ${i}`, value, headers })),
  );
  await sink.close();
}

/** The first `count` messages of a topic, or of a subscription. */
async function read(
  broker: Broker,
  reading: Pick<SourceOptions, 'topic' | 'group' | 'subscription'>,
  count: number,
): Promise<Delivery[]> {
  const limits = { maxInFlight: 10_000, maxInFlightBytes: 1 << 30, from: 'earliest' } as const;
  const source = broker.createSource({ ...reading, ...limits });
  const signal = AbortSignal.timeout(60_000);
  const found: Delivery[] = [];
  await source.open(signal);
  while (found.length < count && !signal.aborted) {
    const deliveries = await source.receive(count, signal);
    found.push(...deliveries);
    source.settle(deliveries);
  }
  await source.close();
  return found;
}

/** Redrives one dead letter over HTTP and another by the command, tries each again the other way, then redrives the rest. */
async function redriveBothWays(broker: Broker, program: Program, input: string): Promise<void> {
  const running = await program.start();
  const latest = async (count: number): Promise<readonly { readonly id: string }[]> => {
    let letters: readonly { readonly id: string }[] = [];
    await until(
      async () => {
        const answer = await running.json<{ deadLetters: { id: string }[] }>('/api/v1/dead-letters');
        letters = answer.deadLetters;
        return letters.length === count;
      },
      60_000,
      () => running.stderr,
    );
    return letters;
  };
  const post = async (id: string): Promise<number> =>
    (await fetch(`${running.url}/api/v1/dead-letters/${id}/redrive`, { method: 'POST' })).status;

  await publish(
    broker,
    input,
    ['one', 'two', 'three'].map((text) => Buffer.from(text)),
  );
  const [one, two] = (await latest(3)).map(({ id }) => id) as [string, string];
  expect(await post(one)).toBe(200);
  expect(await program.redrive('--id', one)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('it was redriven before') as string,
  });
  expect((await program.redrive('--id', two)).code).toBe(0);
  expect(await post(two)).toBe(409);
  // Both failed again, and so will these while the command is still at it.
  await latest(5);
  expect((await program.redrive('--all', '--yes')).stdout).toBe('redrove 3 dead letters\n');
  await latest(8);
  expect((await running.stop()).code).toBe(0);
}

const idOf = ({ value }: Delivery): string => (JSON.parse(String(value)) as Prediction).id;

it('dead letters of the running process are redriven over HTTP and return with their count', async () => {
  const running = await new Cli(['--port', '0', '--rate', '5'], TOO_SMALL_A_LIMIT).ready();
  interface Kept {
    readonly id: string;
    readonly redriveCount: number;
    readonly redrivenAt: string | null;
  }
  const latest = async (): Promise<readonly Kept[]> =>
    (await running.json<{ deadLetters: Kept[] }>('/api/v1/dead-letters?limit=500')).deadLetters;
  const wait = (condition: () => Promise<boolean>): Promise<void> =>
    until(condition, 60_000, () => running.stderr);

  await wait(async () => (await latest()).length > 3);
  const { id } = (await latest()).at(-1) as Kept;
  const path = `${running.url}/api/v1/dead-letters/${id}/redrive`;
  expect((await fetch(path, { method: 'POST' })).status).toBe(200);
  expect((await fetch(path, { method: 'POST' })).status).toBe(409);
  await wait(async () => (await latest()).some(({ redriveCount }) => redriveCount === 1));
  const all = await fetch(`${running.url}/api/v1/dead-letters/redrive`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: 'TOO_LARGE_BYTES' }),
  });
  expect(((await all.json()) as { redriven: string[] }).redriven.length).toBeGreaterThan(2);
  await wait(async () => (await latest()).some(({ redriveCount }) => redriveCount === 2));
  expect((await running.stop()).code).toBe(0);
});

describeWith(['java', 'maven', 'dataset', 'kafka-addon'], 'dead letters in Apache Kafka', () => {
  let kafka: KafkaServer;
  let broker: Broker;
  let topics = 0;

  beforeAll(async () => {
    kafka = await KafkaServer.create();
    broker = await openBroker('kafka', { 'bootstrap.servers': kafka.bootstrapServers });
  }, 240_000);
  afterAll(async () => {
    await broker.close();
    await kafka.close();
  });

  async function fresh(): Promise<{ program: Program; input: string; output: string; dlq: string }> {
    const [input, output] = [`images-${++topics}`, `predictions-${topics}`];
    const dlq = `${input}.dlq`;
    const admin = broker.createAdmin();
    await admin.createTopics([
      { topic: input, partitions: 2 },
      { topic: output, partitions: 1 },
      { topic: dlq, partitions: 2 },
    ]);
    await admin.close();
    const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    return {
      program: new Program([...flags, '--input-topic', input, '--output-topic', output], ['--group', input]),
      input,
      output,
      dlq,
    };
  }

  it('return with their count when they fail again, until the limit', async () => {
    const { program, input, dlq } = await fresh();
    await publish(broker, input, [Buffer.from('no image')], [['mine', 'x']]);
    await program.run(1, {});
    let [letter] = await program.list();
    const first = letter?.sourceId as string;
    expect(letter).toMatchObject({ code: 'NOT_AN_IMAGE', redriveCount: 0, key: 'key 0' });
    for (let count = 1; count <= 3; count++) {
      const { code, stdout } = await program.redrive('--id', letter?.sourceId as string);
      expect({ code, stdout }).toMatchObject({ code: 0 });
      await program.run(1);
      letter = (await program.list('--from', 'latest'))[0];
      expect(letter).toMatchObject({ redriveCount: count, key: 'key 0' });
      expect(letter?.headers).toEqual(
        expect.arrayContaining([
          ['mine', 'x'],
          ['id', first],
        ]),
      );
    }
    const refused = await program.redrive('--id', letter?.sourceId as string);
    expect(refused.stdout).toMatch(
      /skipped images-\d+\/\d\/\d+ {2}REDRIVEN_TOO_OFTEN.*\nredrove 0 dead letters, skipped 1/,
    );
    expect(refused.code).toBe(1);
    expect((await program.redrive('--all', '--yes', '--dry-run', '--force')).stdout).toMatch(
      /would publish images.*\nwould redrive 1 dead letter\n/,
    );
    expect((await program.redrive('--id', letter?.sourceId as string, '--force')).code).toBe(0);
    const table = await program.table();
    expect(table).toMatch(/^time \(UTC\) +code +stage +source id +size +reason\n/);
    expect(table.trim().split('\n')).toHaveLength(5);
    expect(table).toContain('(redriven 3×)');
    expect((await read(broker, { topic: dlq, group: null }, 4)).map(({ value }) => String(value))).toEqual(
      Array(4).fill('no image'),
    );
  });

  it('keep the id of the first attempt for a valid image, and are redriven once', async () => {
    const { program, input, output } = await fresh();
    const inputs = Array.from({ length: 40 }, (_, i) => Buffer.from(image).fill(i, 0, 5));
    await publish(broker, input, inputs, [['label', '9']]);
    await program.run(40, TOO_SMALL_A_LIMIT);
    const letters = await program.list();
    expect(letters).toHaveLength(40);
    expect(await program.list('--limit', '7')).toHaveLength(7);
    // Redrives one, then some, then the rest.
    const one = letters[11]?.sourceId as string;
    expect((await program.redrive('--id', one)).stdout).toContain('redrove 1 dead letter\n');
    expect(await program.redrive('--id', one)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it was redriven before') as string,
    });
    expect((await program.redrive('--code', 'CORRUPT')).stdout).toBe('redrove 0 dead letters\n');
    expect((await program.redrive('--code', 'TOO_LARGE_BYTES', '--limit', '5')).stdout).toBe(
      'redrove 5 dead letters\n',
    );
    expect((await program.redrive('--all')).code).toBe(2);
    expect((await program.redrive('--all', '--yes')).stdout).toBe('redrove 34 dead letters\n');
    expect((await program.redrive('--all', '--yes')).stdout).toBe('redrove 0 dead letters\n');
    expect(await program.list()).toHaveLength(40);

    await program.run(40);
    const predictions = await read(broker, { topic: output, group: null }, 40);
    expect(predictions.map(idOf).sort()).toEqual(letters.map(({ sourceId }) => sourceId).sort());
    expect(predictions.every(({ headers }) => headerText(headers, 'redrive-count') === '1')).toBe(true);
    expect(predictions.some(({ headers }) => headerText(headers, 'error-code') !== undefined)).toBe(false);
    expect((JSON.parse(String(predictions[0]?.value)) as Prediction).truth).toBe(9);
  });

  it('are redriven once, over HTTP or by the command', async () => {
    const { program, input } = await fresh();
    await redriveBothWays(broker, program, input);
  });

  it('go only to the input topic, regardless of their headers, unless --to is confirmed', async () => {
    const { program, input, output, dlq } = await fresh();
    await publish(broker, input, [Buffer.from('no image')]);
    await program.run(1);
    const forged: Header[] = [
      ['source-id', 'x'],
      ['source-topic', output],
      ['error-code', 'CORRUPT'],
    ];
    await publish(broker, dlq, [Buffer.from('forged')], forged);
    const { stdout } = await program.redrive('--all', '--yes');
    expect(stdout).toMatch(
      /skipped x {2}BAD_REQUEST: it came from predictions-.*\nredrove 1 dead letter, skipped 1/,
    );
    expect((await program.redrive('--id', 'x', '--to', output, '--dry-run')).stdout).toContain(
      'would redrive 1',
    );
    expect((await program.redrive('--id', 'x', '--to', output)).code).toBe(2);
    expect((await program.redrive('--id', 'x', '--to', output, '--yes')).stdout).toContain('redrove 1');
    expect(await read(broker, { topic: output, group: null }, 1)).toHaveLength(1);
  });

  it('are rejected if truncated, and messages of other programs are skipped', async () => {
    const { program, input, dlq } = await fresh();
    await publish(broker, input, [Buffer.alloc(90_000, 0x80)]);
    await publish(broker, dlq, [Buffer.from('a note of somebody')]);
    await program.run(1, TOO_SMALL_A_LIMIT);
    expect(await program.list()).toMatchObject([{ complete: false, code: 'TOO_LARGE_BYTES' }]);
    const { code, stdout } = await program.redrive('--all', '--yes');
    expect(stdout).toMatch(/LETTER_INCOMPLETE.*90000 bytes/);
    expect(stdout).toMatch(
      /redrove 0 dead letters, skipped 1, skipped 1 messages that are not dead letters of stream-infer\n/,
    );
    expect(code).toBe(0);
  });

  it.each([
    [[], 2, /one of --id/],
    [['--id', 'x', '--all'], 2, /one of --id/],
    [['--all', '--to', 'nowhere.dlq', '--yes'], 2, /dead-letter topic/],
    [['--id', 'x', '--to', 'elsewhere'], 2, /publishes originals to elsewhere.*--yes/],
    [['--all', '--to', 'a b', '--yes'], 2, /--to a b: a topic name has/],
    [['--code', 'NO_SUCH_CODE'], 2, /Allowed choices/],
    [['--all', '--yes'], 1, /TOPIC_MISSING.*nowhere\.dlq/],
  ])('reject %j with one clear message', async (args, code, message) => {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    const finished = await cli(['dlq', 'redrive', ...flags, '--input-topic', 'nowhere', ...args]);
    expect(finished.stderr).toMatch(message);
    expect(finished.code).toBe(code);
  });
});

describeWith(['go', 'dataset'], 'dead letters in Pub/Sub', () => {
  const fake = new PubsubFake();
  const emulator = process.env['PUBSUB_EMULATOR_HOST'];
  let broker: Broker;
  let program: Program;

  beforeAll(async () => {
    await fake.start();
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    broker = await openBroker('pubsub');
    program = new Program(['--broker', 'pubsub', '--project', PROJECT], [], {
      PUBSUB_EMULATOR_HOST: fake.address,
    });
  }, BUILD_TIME);
  afterAll(async () => {
    await broker.close();
    if (emulator === undefined) delete process.env['PUBSUB_EMULATOR_HOST'];
    else process.env['PUBSUB_EMULATOR_HOST'] = emulator;
    await fake.kill();
  });

  it('are listed without being consumed, and redriven once', async () => {
    const made = await cli(['topics', 'create', '--broker', 'pubsub', '--project', PROJECT], {
      PUBSUB_EMULATOR_HOST: fake.address,
    });
    expect(made.code).toBe(0);
    const exactly = [
      'topics',
      'create',
      '--broker',
      'pubsub',
      '--project',
      PROJECT,
      '--delivery',
      'exactly-once',
    ];
    const { stderr } = await cli(exactly, { PUBSUB_EMULATOR_HOST: fake.address });
    expect(stderr).toMatch(/images-sub exists already.*--enable-exactly-once-delivery/);
    await publish(broker, 'images', [
      image,
      Buffer.from(image).fill(1, 0, 9),
      Buffer.from(image).fill(2, 0, 9),
    ]);
    await program.run(3, TOO_SMALL_A_LIMIT);
    const letters = await program.list();
    expect(letters.map(({ code }) => code)).toEqual(Array(3).fill('TOO_LARGE_BYTES'));
    expect((await program.list()).map(({ sourceId }) => sourceId).sort()).toEqual(
      letters.map(({ sourceId }) => sourceId).sort(),
    );

    expect((await program.redrive('--id', letters[1]?.sourceId as string)).stdout).toContain(
      'redrove 1 dead',
    );
    expect((await program.redrive('--all', '--yes')).stdout).toBe('redrove 2 dead letters\n');
    expect((await program.redrive('--all', '--yes')).stdout).toBe('redrove 0 dead letters\n');
    expect(await program.list()).toEqual([]);

    await program.run(3);
    const predictions = await read(
      broker,
      { topic: 'predictions', group: 'test', subscription: 'prediction-receiver' },
      3,
    );
    expect(predictions.map(idOf).sort()).toEqual(letters.map(({ sourceId }) => sourceId).sort());
  });

  it('go to the topic of the subscription, over HTTP and by the command', async () => {
    const admin = broker.createAdmin();
    await admin.createTopics([{ topic: 'uploads', subscription: 'uploads-reader' }]);
    await admin.close();
    const flags = ['--broker', 'pubsub', '--project', PROJECT, '--subscription', 'uploads-reader'];
    const uploads = new Program(flags, [], {
      PUBSUB_EMULATOR_HOST: fake.address,
      STREAM_INFER_OUTPUT_DLQ: 'uploads.dlq',
    });
    const before = (await fake.messages(PROJECT, 'images')).length;
    const running = await uploads.start();
    await publish(broker, 'uploads', [Buffer.from('one'), Buffer.from('two')]);
    const answer = (): Promise<{ deadLetters: { id: string }[] }> => running.json('/api/v1/dead-letters');
    await until(
      async () => (await answer()).deadLetters.length === 2,
      60_000,
      () => running.stderr,
    );
    const [one, two] = (await answer()).deadLetters.map(({ id }) => id);
    const redriven = await fetch(`${running.url}/api/v1/dead-letters/${one}/redrive`, { method: 'POST' });
    expect(redriven.status).toBe(200);
    expect((await uploads.redrive('--id', two as string)).stdout).toContain('to uploads\n');
    await running.stop();
    expect(await fake.messages(PROJECT, 'uploads')).toHaveLength(4);
    expect(await fake.messages(PROJECT, 'images')).toHaveLength(before);
    const letters = await fake.messages(PROJECT, 'uploads.dlq');
    expect(new Set(letters.map(({ attributes }) => attributes?.['source-topic']))).toEqual(
      new Set(['uploads']),
    );
  });

  it('are redriven once, over HTTP or by the command', async () => {
    await redriveBothWays(broker, program, 'images');
  });
});
