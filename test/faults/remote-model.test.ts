/** A remote model that fails in every way, over a real Kafka: no image is lost, repeated or refused for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until, type Cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { KafkaRun } from '../helpers/kafka-run';
import { ModelServer } from '../helpers/model-server';
import { describeWith } from '../helpers/parts';
import { endsWell } from './watch';

jest.setTimeout(300_000);

const IMAGES = 1_500;
const REFUSED = 700;
const OUTAGE_MS = 3_000;
const PATIENCE_MS = 60_000;

describeWith(['java', 'maven', 'kafka-addon'], 'a remote model over Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());

  it('pauses the stream for 503, a hang and a missing server, and refuses one image only', async () => {
    const server = await new ModelServer().start();
    const run = new KafkaRun(kafka);
    const firsts = Array.from({ length: IMAGES }, (_, i) => (i === REFUSED ? 99 : i % 3));
    await run.publish(firsts.map((first) => Buffer.from([first, 5, 6, 7])));
    const flags = ['--model', server.url, '--model-name', 'three', '--input-rate', '300'];
    const program = run.start(flags, {
      STREAM_INFER_MODEL_LABELS: 'a,b,c',
      STREAM_INFER_MODEL_TIMEOUT: '500ms',
    });
    const fates = run.fates(IMAGES, () => program.stderr);
    await program.ready();
    for (const [fail, reason] of [
      [() => void (server.trouble = 503), 'answered HTTP 503'],
      [() => void (server.trouble = 'hang'), 'no answer within 500 ms'],
      [() => server.stop(), 'ECONNREFUSED'],
    ] as const) {
      await sleep(700);
      await fail();
      await until(
        async () => (await readiness(program)).includes(reason),
        PATIENCE_MS,
        () => program.stderr,
      );
      await sleep(reason.includes('503') ? OUTAGE_MS : OUTAGE_MS / 3);
      server.trouble = null;
      await server.start();
    }
    const found = await fates;
    const unusual = [...found].filter(
      ([offset, [first, ...others]]) =>
        others.length > 0 || first?.what !== (offset === REFUSED ? 'REMOTE_REFUSED' : 'prediction'),
    );
    expect(unusual).toEqual([]);
    expect(await readiness(program)).toMatch(/^200 /);
    await endsWell(program);
    await run.close();
    await server.stop();
  });
});

async function readiness({ url }: Cli): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  return `${response.status} ${await response.text()}`;
}
