/**
 * Exactly-once for a reader of committed messages: a numbered stream, the built program under faults, and an
 * independent client that counts. FAULT_KILLS and FAULT_SEED set the number and times of the
 * kills.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { createKafkaBroker, type KafkaBroker } from '../../src/brokers/kafka/broker';
import { loadKafka } from '../../src/brokers/kafka/client';
import type { OutgoingMessage } from '../../src/core/message';
import { silentContext } from '../helpers/broker-context';
import { Cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { python } from '../helpers/python';

const KILLS = Number(process.env['FAULT_KILLS'] ?? 5);
const SEED = Number(process.env['FAULT_SEED'] ?? 20_261_121);
/** ms; six suites may share two cores. */
const PATIENCE = 120_000;
/** Time-out of a member's session, ms. */
const SESSION = 6_000;
/** A frozen member resumes before it, however slow the machine is, so it cannot take its name back. */
const LONG_SESSION = 120_000;

jest.setTimeout(10 * 60_000);

/** By `topic/partition/offset` of the input, at most ten of each. */
interface Verdict {
  readonly inputs: number;
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  readonly unasked: readonly string[];
}

interface Stats {
  readonly predictions: number;
  readonly deadLetters: number;
}

describeWith(
  ['java', 'maven', 'python', 'dataset', 'kafka-addon'],
  'exactly-once delivery with Kafka',
  () => {
    let kafka: KafkaServer;
    let broker: KafkaBroker;
    let running: Cli[] = [];
    let streams: Stream[] = [];
    beforeAll(async () => {
      kafka = await KafkaServer.create();
      const properties = { 'bootstrap.servers': kafka.bootstrapServers };
      broker = createKafkaBroker({ properties, embedded: false }, silentContext());
    }, 240_000);
    afterAll(async () => {
      await broker.close();
      await kafka.close();
    }, 60_000);
    afterEach(async () => {
      await Promise.all(running.map((one) => one.stop('SIGKILL')));
      running = [];
      await Promise.all(streams.map((stream) => stream.stop()));
      streams = [];
    }, 60_000);

    it(`gives each image exactly one outcome when the program is killed ${KILLS} times at random moments`, async () => {
      const random = randomNumbers(SEED);
      const stream = await startStream();
      for (let kill = 0; kill < KILLS; kill++) {
        const victim = start(stream, 'victim');
        // Half of the kills are during processing, the others during a start.
        if (random() < 0.5) await victim.ready(PATIENCE);
        await sleep(random() * 3_000);
        // The process must not have ended for another reason.
        expect(await victim.stop('SIGKILL')).toMatchObject({ code: null, signal: 'SIGKILL' });
      }
      const last = await start(stream, 'victim').ready(PATIENCE);
      await expectExactlyOnce(stream);
      expect(await last.stop()).toMatchObject({ code: 0 });
    });

    it('gives each image exactly one outcome when the broker is killed and restarted twice', async () => {
      const stream = await startStream();
      const survivor = await start(stream, 'survivor').ready(PATIENCE);
      for (let kill = 0; kill < 2; kill++) {
        await untilMore(survivor, 500);
        await kafka.restart('SIGKILL');
      }
      await untilMore(survivor, 500);
      await expectExactlyOnce(stream);
      expect(await survivor.stop()).toMatchObject({ code: 0 });
    });

    it('gives each image exactly one outcome when an outage exceeds the transaction timeout', async () => {
      const stream = await startStream();
      const survivor = await start(stream, 'patient').ready(PATIENCE);
      await untilMore(survivor, 500);
      kafka.signal('SIGSTOP');
      await until(
        async () => !(await fetch(`${survivor.url}/readyz`)).ok,
        PATIENCE,
        () => survivor.stderr,
      );
      await sleep(17_000);
      kafka.signal('SIGCONT');
      await survivor.ready(PATIENCE);
      await untilMore(survivor, 500);
      await expectExactlyOnce(stream);
      expect(await survivor.stop()).toMatchObject({ code: 0 });
    });

    it('gives each image exactly one outcome while instances join, leave and are killed', async () => {
      const random = randomNumbers(SEED + 1);
      const stream = await startStream();
      const first = await start(stream, 'a').ready(PATIENCE);
      for (let round = 0; round < 3; round++) {
        const other = await start(stream, 'b').ready(PATIENCE);
        await untilMore(first, 300);
        await sleep(random() * 2_000);
        await other.stop(round === 1 ? 'SIGKILL' : 'SIGTERM');
      }
      const third = await start(stream, 'c').ready(PATIENCE);
      expect(await first.stop()).toMatchObject({ code: 0 });
      await expectExactlyOnce(stream);
      expect(await third.stop()).toMatchObject({ code: 0 });
    });

    // After its session time-out, the client of the frozen one takes the name back before anything can prevent it.
    it('gives each image exactly one outcome when a replaced frozen program resumes late', async () => {
      const stream = await startStream();
      const twins = [await start(stream, 'twin').ready(PATIENCE)];
      await untilMore(twins[0]!, 300);
      twins[0]!.child.kill('SIGSTOP');
      twins.push(await start(stream, 'twin').ready(PATIENCE));
      await sleep(10_000);
      twins[0]!.child.kill('SIGCONT');
      const ended = await Promise.race(twins.map(async (twin) => ({ twin, ...(await twin.finished) })));
      expect(ended.stderr).toContain('error FENCED');
      const remaining = twins.find((twin) => twin !== ended.twin)!;
      await untilMore(remaining, 500);
      await expectExactlyOnce(stream);
      expect(await remaining.stop()).toMatchObject({ code: 0 });
    });

    it('gives each image exactly one outcome when a replaced frozen program resumes, and fences it', async () => {
      const stream = await startStream();
      const zombie = await start(stream, 'twin', LONG_SESSION).ready(PATIENCE);
      await untilMore(zombie, 500);
      zombie.child.kill('SIGSTOP');
      const successor = await start(stream, 'twin', LONG_SESSION).ready(PATIENCE);
      await untilMore(successor, 1_000);
      zombie.child.kill('SIGCONT');
      await until(
        () => zombie.child.exitCode !== null,
        PATIENCE,
        () => `${zombie.stderr}\n${successor.stderr}`,
      );
      const { code, stderr } = await zombie.finished;
      expect(stderr).toContain('error FENCED');
      expect(code).toBe(1);
      await untilMore(successor, 500);
      await expectExactlyOnce(stream);
      expect(await successor.stop()).toMatchObject({ code: 0 });
    });

    it('fences the older of two programs with the same instance id, even when idle', async () => {
      const stream = await startStream();
      const older = await start(stream, 'twin').ready(PATIENCE);
      await stream.stop();
      const newer = await start(stream, 'twin').ready(PATIENCE);
      expect(await older.finished).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('FENCED') as string,
      });
      await expectExactlyOnce(stream);
      expect(await newer.stop()).toMatchObject({ code: 0 });
    });

    it('publishes a dead letter for a prediction that its topic rejects', async () => {
      const stream = await startStream({ 'max.message.bytes': '5000' });
      await stream.publish([{ ...image(1), key: randomBytes(6_000) }, image(2)]);
      const program = await start(stream, 'small').ready(PATIENCE);
      await expectExactlyOnce(stream);
      const stats = await program.json<Stats>('/api/v1/stats');
      expect(stats.deadLetters).toBe(stream.broken + 1);
      expect(await program.stop()).toMatchObject({ code: 0 });
    });

    interface Stream {
      readonly flags: readonly string[];
      /** Input, predictions, dead letters. */
      readonly topics: readonly string[];
      /** Valid and invalid messages so far. */
      readonly published: number;
      readonly broken: number;
      publish(messages: readonly OutgoingMessage[]): Promise<void>;
      stop(): Promise<void>;
    }

    /** Separate topics and a group, and a publisher of 400 messages/s; every 20th is not an image. */
    async function startStream(predictionsConfig: Record<string, string> = {}): Promise<Stream> {
      const name = `eos-${randomBytes(4).toString('hex')}`;
      const [input, output, dlq] = [`${name}-images`, `${name}-predictions`, `${name}-dlq`];
      const admin = broker.createAdmin();
      await admin.createTopics([input, dlq].map((topic) => ({ topic, partitions: 4 })));
      await admin.close();
      await createTopic(kafka.bootstrapServers, output, predictionsConfig);
      const sink = broker.createSink();
      await sink.open(AbortSignal.timeout(PATIENCE));
      let [published, broken, stopped] = [0, 0, false];
      const publish = async (messages: readonly OutgoingMessage[]): Promise<void> => {
        // Again until it is confirmed; the judge reads what really is in the topic.
        for (let done = false; !done && !stopped; await sleep(done ? 0 : 50)) {
          done = await sink.publish(input, messages).then(
            () => true,
            () => false,
          );
        }
        published += messages.length;
      };
      const loop = (async () => {
        while (!stopped) {
          const messages = Array.from({ length: 20 }, (_, i) => image(published + i));
          await publish([...messages.slice(1), { key: null, value: Buffer.from('no image'), headers: [] }]);
          broken++;
          await sleep(50);
        }
      })();
      const connection = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
      const topics = ['--input-topic', input, '--output-topic', output, '--dlq-topic', dlq];
      const stream: Stream = {
        flags: [...connection, ...topics, '--group', name, '--port', '0', '--delivery', 'exactly-once'],
        topics: [input, output, dlq],
        get published() {
          return published;
        },
        get broken() {
          return broken;
        },
        publish,
        async stop() {
          if (stopped) return;
          stopped = true;
          await loop;
          await sink.close();
        },
      };
      streams.push(stream);
      return stream;
    }

    function start(stream: Stream, instanceId: string, session = SESSION): Cli {
      // A killed static member keeps its partitions until its session times out.
      const flags = [
        ...stream.flags,
        '-X',
        `session.timeout.ms=${session}`,
        '--log-level',
        'info',
        '--log-format',
        'json',
      ];
      const program = new Cli(flags, { STREAM_INFER_INSTANCE_ID: instanceId });
      running.push(program);
      return program;
    }

    async function untilMore(program: Cli, count: number): Promise<void> {
      const done = async (): Promise<number> => {
        const { predictions, deadLetters } = await program.json<Stats>('/api/v1/stats');
        return predictions + deadLetters;
      };
      const before = await done();
      await until(
        async () => (await done()) >= before + count,
        PATIENCE,
        () => program.stderr,
      );
    }

    async function expectExactlyOnce(stream: Stream): Promise<void> {
      await stream.stop();
      const verdict = JSON.parse(
        await python('kafka_outcomes.py', [
          kafka.bootstrapServers,
          ...stream.topics,
          String(stream.published),
        ]),
      ) as Verdict;
      expect(verdict).toMatchObject({ missing: [], twice: [], unasked: [] });
      // More than were confirmed to the publisher, if one was published again because it could not know.
      expect(verdict.inputs).toBeGreaterThanOrEqual(stream.published);
      process.stderr.write(`${verdict.inputs} inputs, missing 0, duplicates 0\n`);
    }
  },
);

function image(number: number): OutgoingMessage {
  return { key: null, value: Buffer.alloc(784, number % 256), headers: [] };
}

/** Mulberry32: the same moments for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function createTopic(bootstrapServers: string, topic: string, config: Record<string, string>): Promise<void> {
  const client = loadKafka().AdminClient.create({ 'bootstrap.servers': bootstrapServers });
  return new Promise((resolve, reject) => {
    client.createTopic({ topic, num_partitions: 4, replication_factor: 1, config }, 10_000, (error) => {
      client.disconnect();
      if (error) reject(new Error(error.message));
      else resolve();
    });
  });
}
