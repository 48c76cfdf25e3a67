/** Requests over the topic, with every process killed and restarted in between. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

jest.setTimeout(180_000);

const BOOT = readFileSync(join(__dirname, '../../examples/ankle-boot.png'));

interface Answer {
  readonly id: string;
  readonly state: 'pending' | 'done' | 'failed';
  readonly prediction?: { readonly id: string; readonly className: string };
  readonly error?: { readonly code: string };
}

describeWith(['java', 'maven', 'kafka-addon'], 'requests over a Kafka topic', () => {
  let kafka: KafkaServer;
  const running: Cli[] = [];
  const home = mkdtempSync(join(tmpdir(), 'stream-infer-requests-'));

  beforeAll(async () => {
    kafka = await KafkaServer.create();
  }, 240_000);
  afterEach(() => Promise.all(running.splice(0).map((program) => program.stop('SIGKILL'))));
  afterAll(() => kafka.close());

  /** Under one group the instance is the same after a restart, so Kafka returns its partitions at once. */
  async function start(command: 'run' | 'serve', group: string, ...flags: string[]): Promise<Cli> {
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--create-topics'];
    const workers = command === 'run' ? ['--workers', '1', '--precision', 'fp32'] : [];
    const program = new Cli([command, ...broker, '--store', 'none', '--port', '0', ...workers, ...flags], {
      STREAM_INFER_REQUESTS_ENABLED: 'true',
      STREAM_INFER_INPUT_GROUP: group,
      XDG_DATA_HOME: join(home, group),
    });
    running.push(program);
    return await program.ready();
  }

  async function post({ url }: Cli, image: Buffer, query = ''): Promise<Answer> {
    const response = await fetch(`${url}/api/v1/requests${query}`, { method: 'POST', body: image });
    return (await response.json()) as Answer;
  }

  const get = (program: Cli, id: string) => program.json<Answer>(`/api/v1/requests/${id}?wait=30s`);

  it('are answered by whichever process is there, after kills of all of them', async () => {
    const taker = await start('serve', 'none');
    const { id, state } = await post(taker, BOOT);
    const broken = await post(taker, BOOT.subarray(0, 200));
    expect(state).toBe('pending');
    await taker.stop('SIGKILL');

    const consumer = await start('run', 'first');
    const answer = { state: 'done', prediction: { id, className: 'Ankle boot' } };
    expect(await get(consumer, id)).toMatchObject(answer);
    expect(await get(consumer, broken.id)).toMatchObject({ state: 'failed', error: { code: 'CORRUPT' } });
    await consumer.stop('SIGKILL');

    // Neither of them has seen anything: both read the topics again.
    const [restarted, other] = await Promise.all([
      start('run', 'first'),
      start('run', 'second', '--from', 'latest'),
    ]);
    for (const program of [restarted, other]) {
      expect(await get(program, id)).toMatchObject(answer);
      expect(await get(program, broken.id)).toMatchObject({ state: 'failed' });
    }
    expect(await post(other, BOOT, '?wait=30s')).toMatchObject({ state: 'done' });
  });
});
