/** Values that must be resolved first, over a real Kafka: each message has one outcome, in order, in both delivery modes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '../../src/config/load';
import type { Config } from '../../src/config/schema';
import type { Resolution, ValueResolver } from '../../src/core/resolver';
import { createFunctionPool } from '../../src/inference/function-pool';
import { Processor } from '../../src/processor/processor';
import { until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { KafkaRun } from '../helpers/kafka-run';
import { silentLog } from '../helpers/log';
import { describeWith } from '../helpers/parts';

jest.setTimeout(240_000);

const MESSAGES = 300;
const REFUSED = 50;
const AWAITED = 120;
const PATIENCE_MS = 60_000;
const REASON = 'The test server is down';

/** Text becomes an image, one of them only while the server is up; a small image stays as it is. */
class TestResolver implements ValueResolver {
  isDown = true;

  resolve({ value }: Parameters<ValueResolver['resolve']>[0]): Resolution | null | Promise<Resolution> {
    if (value?.length === 784) return null;
    const offset = Number(value);
    if (offset === REFUSED) return { kind: 'refused', code: 'NOT_AN_IMAGE', message: 'the test refuses it' };
    if (offset === AWAITED && this.isDown) return { kind: 'postponed', reason: REASON };
    return sleep(offset % 7).then(() => ({ kind: 'resolved', value: Buffer.alloc(784, offset % 10) }));
  }
}

function valueOf(offset: number): Buffer {
  return offset % 3 === 0 && offset !== AWAITED
    ? Buffer.alloc(784, offset % 10)
    : Buffer.from(String(offset));
}

describeWith(['java', 'maven', 'kafka-addon'], 'resolving values over Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());

  it.each(['at-least-once', 'exactly-once'] as const)(
    'gives each message one outcome, %s, across a pause, a stop in it and a restart',
    async (delivery) => {
      const run = new KafkaRun(kafka);
      await run.publish(Array.from({ length: MESSAGES }, (_, offset) => valueOf(offset)));
      const resolver = new TestResolver();
      const first = await started(run, delivery, resolver);
      await until(
        async () => (await readiness(first)).includes(REASON),
        PATIENCE_MS,
        () => 'no pause',
      );
      expect(await readiness(first)).toBe(`503 ${REASON}; consumption paused.`);
      const stoppedAt = performance.now();
      const report = await stopped(first);
      expect(performance.now() - stoppedAt).toBeLessThan(15_000);
      expect(report).toMatchObject({ settled: AWAITED, left: 0 });
      expect(report.returned).toBeGreaterThan(0);

      const second = await started(run, delivery, resolver);
      await until(
        async () => (await readiness(second)).includes(REASON),
        PATIENCE_MS,
        () => 'no pause',
      );
      resolver.isDown = false;
      const fates = await run.fates(MESSAGES, () => 'outcomes are missing');
      await until(
        async () => (await readiness(second)).startsWith('200'),
        PATIENCE_MS,
        () => 'not ready',
      );
      expect(await stopped(second)).toEqual({ settled: MESSAGES - AWAITED, left: 0 });
      for (const [offset, outcomes] of fates) {
        const what = offset === REFUSED ? 'NOT_AN_IMAGE' : 'prediction';
        expect([offset, outcomes.map((one) => one.what)]).toEqual([offset, [what]]);
      }
      const predicted = [...fates.keys()].filter((offset) => offset !== REFUSED);
      expect(predicted).toEqual([...predicted].sort((a, b) => a - b));
      await run.close();
    },
  );
});

async function started(
  run: KafkaRun,
  delivery: Config['delivery'],
  resolver: ValueResolver,
): Promise<Processor> {
  const { config } = parseConfig({ ...run.settings, delivery, http: { port: 0 } });
  const processor = new Processor({
    config,
    settings: [],
    version: 'test',
    instanceId: `${run.input}-test`,
    log: silentLog,
    signal: new AbortController().signal,
    resolvers: [resolver],
    createPool: ({ invert, maxBatch, taskTimeoutMs, log }) =>
      createFunctionPool(
        (images) => images.map((image) => Array.from({ length: 10 }, (_, at) => (at === image[0] ? 1 : 0))),
        'by-pixel',
        { workers: 1, invert, maxBatch, taskTimeoutMs, log },
      ),
  });
  await processor.start();
  void processor.run();
  return processor;
}

async function stopped(processor: Processor) {
  const report = await processor.drain(AbortSignal.timeout(25_000));
  await processor.close();
  return report;
}

async function readiness({ url }: Processor): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  const { reasons = [] } = (await response.json()) as { reasons?: string[] };
  return `${response.status} ${reasons.join(' ')}`.trim();
}
