/** Changed or lost responses of the broker. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { imageOf, PATIENCE, Stage } from './driver';
import { API, KafkaWire, notCoordinator } from './kafka-wire';
import { endsWell, pause } from './watch';

jest.setTimeout(3 * PATIENCE);

describeWith(['java', 'maven', 'kafka-addon'], 'when an answer of Kafka is bad or lost', () => {
  let kafka: KafkaServer;
  let wire: KafkaWire;
  let stage: Stage;
  let through: { servers: string };

  beforeAll(async () => {
    wire = await KafkaWire.start();
    kafka = await KafkaServer.create({}, { name: 'WIRE', protocol: 'PLAINTEXT', advertisedPort: wire.port });
    wire.to(kafka.furtherPort);
    through = { servers: `127.0.0.1:${wire.port}` };
  }, PATIENCE);
  afterAll(async () => {
    await wire.close();
    await kafka.close();
  }, PATIENCE);
  beforeEach(async () => {
    stage = await Stage.create(kafka.bootstrapServers);
  }, PATIENCE);
  afterEach(async () => {
    [wire.change, wire.delay, wire.keep] = [undefined, undefined, undefined];
    await stage.close();
  }, PATIENCE);

  // librdkafka then requests only once (its issue 5586), so the program reported ready but never read anything.
  it.each(['at-least-once', 'exactly-once'])(
    'partitions are read although the coordinator moved during their assignment, %s',
    async (delivery) => {
      let refused = 0;
      wire.change = (request, answer) => {
        if (request.key !== API.OFFSET_FETCH || refused === 2) return answer;
        refused++;
        return notCoordinator(request, stage.group);
      };
      const instance = await stage.start({ ...through, flags: ['--delivery', delivery] }).ready();
      await stage.publish(300);
      expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
      expect(refused).toBe(2);
      await endsWell(instance);
    },
  );

  it('a commit with a lost response is verified, and nothing is duplicated', async () => {
    let lost = 0;
    let asked = 0;
    const instance = await stage
      .start({ ...through, flags: ['--delivery', 'exactly-once', '--log-level', 'debug'] })
      .ready();
    await stage.publish(300);
    await stage.reached(300);
    // The broker has committed; the client waits for 15 s, so that one call of the program after the other times out.
    wire.change = (request, answer) => {
      if (request.key !== API.END_TXN) return answer;
      if (lost === 0) lost++;
      else asked++;
      return lost === 1 && asked === 0 ? undefined : answer;
    };
    await stage.publish(300);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    // What was committed is not where the reading ends: the next one needs the producer again.
    await stage.publish(300);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    expect(lost).toBe(1);
    expect(asked).toBeGreaterThan(0);
    const { code, stderr } = await instance.stop();
    expect(stderr).toContain('retry call to resume');
    expect(code).toBe(0);
  });

  // librdkafka then fails the call with "erroneous state" only, without the cause.
  it('an oversized prediction becomes a dead letter even if its rejection arrives before the offsets are sent', async () => {
    await stage.close();
    stage = await Stage.create(kafka.bootstrapServers, {
      config: { output: { 'max.message.bytes': '5000' } },
    });
    wire.delay = ({ key }) => (key === API.ADD_OFFSETS_TO_TXN ? 300 : 0);
    const instance = await stage.start({ ...through, flags: ['--delivery', 'exactly-once'] }).ready();
    await stage.publish(20);
    await stage.publishOther(imageOf(0), 'large', { key: randomBytes(6_000) });
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    await stage.reached(21, 30_000);
    expect(instance.stderr).toContain('prediction refused by the broker; publishing a dead letter instead');
    await endsWell(instance);
  });

  // KIP-890: the broker would commit the transaction that is open at that time.
  it('a delayed and repeated commit does not end a later transaction', async () => {
    const order = join(mkdtempSync(join(tmpdir(), 'stream-infer-faults-')), 'hold');
    const start = { ...through, name: 'same', flags: ['--delivery', 'exactly-once'] };
    const killed = await stage.start({ ...start, failpoint: `hold-offsets:20000:${order}` }).ready();
    await stage.publish(100);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    let kept: Buffer | undefined;
    wire.keep = ({ key }, frame) => {
      if (kept !== undefined || key !== API.END_TXN) return false;
      kept = Buffer.from(frame);
      return true;
    };
    await stage.publish(50);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    expect(kept).toBeDefined();
    writeFileSync(order, '');
    await stage.publish(50);
    await until(
      () => existsSync(`${order}.held`),
      PATIENCE,
      () => killed.stderr,
    );
    // Until the broker has the messages.
    await pause(2_000);
    await wire.deliver(kept as Buffer);
    await pause(500);
    await killed.stop('SIGKILL');
    const last = stage.start(start);
    expect(await stage.complete()).toEqual({ missing: 0, duplicates: 0 });
    await endsWell(last);
  });
});
