import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { counted, python } from '../helpers/python';

jest.setTimeout(300_000);

const COUNT = 3_000;
const CONFIG = `
output:
  match: all
  fields: { probabilities: false, timing: false }
  routes:
    - { topic: predictions }
    - { topic: right, correct: true }
    - { topic: wrong, correct: false }
    - { topic: never, model: fashion-mnist, classes: [Bag], maxConfidence: 0 }
`;

describeWith(['java', 'maven', 'python', 'dataset', 'kafka-addon'], 'routes with Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
  afterAll(() => kafka.close());

  const read = (topic: string, count: number) =>
    counted('kafka_client.py', ['read', kafka.bootstrapServers, topic, String(count)]);

  it('give a reader of each topic every prediction exactly once, also across a kill', async () => {
    const home = mkdtempSync(join(tmpdir(), 'stream-infer-routes-'));
    const config = join(home, 'routes.yaml');
    writeFileSync(config, CONFIG);
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--create-topics'];
    const flags = [...broker, '--config', config, '--delivery', 'exactly-once', '--port', '0'];
    const start = () => new Cli([...flags, '--input-rate', '2000'], { XDG_DATA_HOME: home });
    let running = await start().ready();
    await python('kafka_client.py', ['publish', kafka.bootstrapServers, 'images', String(COUNT)]);
    const predicted = async () => (await running.json<{ predictions: number }>('/api/v1/stats')).predictions;
    await until(
      async () => (await predicted()) > 100,
      60_000,
      () => running.stderr,
    );
    await running.stop('SIGKILL');
    running = await start().ready();
    const all = await read('predictions', COUNT);
    expect(all).toMatchObject({ messages: COUNT, distinct: COUNT });
    const [right, wrong] = await Promise.all([
      read('right', all.correct),
      read('wrong', COUNT - all.correct),
    ]);
    expect(right).toEqual({ messages: all.correct, distinct: all.correct, correct: all.correct });
    expect(wrong).toEqual({ messages: COUNT - all.correct, distinct: COUNT - all.correct, correct: 0 });
    expect((await running.stop()).code).toBe(0);
  });
});
