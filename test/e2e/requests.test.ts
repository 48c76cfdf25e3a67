/** Requests over the topic, with every process killed and restarted in between. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

jest.setTimeout(180_000);

const SECRET = 'a secret of sixteen or more';
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
  const called: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      called.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  const home = mkdtempSync(join(tmpdir(), 'stream-infer-requests-'));

  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    kafka = await KafkaServer.create();
  }, 240_000);
  afterEach(() => Promise.all(running.splice(0).map((program) => program.stop('SIGKILL'))));
  afterAll(async () => {
    receiver.close();
    await kafka.close();
  });

  const receiverUrl = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

  /** Under one group the instance is the same after a restart, so Kafka returns its partitions at once. */
  async function start(command: 'run' | 'serve', group: string, ...flags: string[]): Promise<Cli> {
    const broker = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers, '--create-topics'];
    const workers = command === 'run' ? ['--workers', '1', '--precision', 'fp32'] : [];
    const program = new Cli([command, ...broker, '--store', 'none', '--port', '0', ...workers, ...flags], {
      STREAM_INFER_REQUESTS_ENABLED: 'true',
      STREAM_INFER_REQUESTS_CALLBACKS_ALLOW: receiverUrl(),
      STREAM_INFER_REQUESTS_CALLBACKS_ALLOW_PRIVATE_NETWORK: 'true',
      STREAM_INFER_REQUESTS_CALLBACKS_SECRET: SECRET,
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
    const { id, state } = await post(taker, BOOT, `?callback=${encodeURIComponent(receiverUrl())}`);
    const broken = await post(taker, BOOT.subarray(0, 200));
    expect(state).toBe('pending');
    await taker.stop('SIGKILL');

    const consumer = await start('run', 'first');
    const answer = { state: 'done', prediction: { id, className: 'Ankle boot' } };
    expect(await get(consumer, id)).toMatchObject(answer);
    expect(await get(consumer, broken.id)).toMatchObject({ state: 'failed', error: { code: 'CORRUPT' } });
    expect(called).toEqual([]);
    await consumer.stop('SIGKILL');

    // The same instance again: it finds the answer that it missed, and calls back.
    const again = await start('serve', 'none');
    while (called.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const [{ headers, body }] = called as [(typeof called)[number]];
    expect(JSON.parse(body)).toMatchObject(answer);
    const signed = createHmac('sha256', SECRET).update(
      `${id}.${String(headers['webhook-timestamp'])}.${body}`,
    );
    expect(headers['webhook-signature']).toBe(`v1,${signed.digest('base64')}`);
    await again.stop('SIGKILL');

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
