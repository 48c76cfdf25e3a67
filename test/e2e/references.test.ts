/** Messages of other programs that name their images: in S3 (moto), Cloud Storage (fake-gcs-server), behind HTTP and in a folder. */
import { PubSub, type Subscription } from '@google-cloud/pubsub';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Prediction } from '../../src/core/prediction';
import { openGcs, openS3 } from '../../src/references/open-stores';
import { parseReference } from '../../src/references/parse-reference';
import type { Reference } from '../../src/references/reference';
import type { FetchAnswer, FetchedImage } from '../../src/references/store';
import { Cli, until } from '../helpers/cli';
import { HostileImages } from '../helpers/hostile-images';
import { S3_CREDENTIALS, startGcs, startMoto, type ObjectStore } from '../helpers/object-stores';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { describeWithPackages } from '../helpers/python';

jest.setTimeout(240_000);

const PROJECT = 'stream-infer-references';
const IMAGE = readFileSync(join(__dirname, '../../examples/ankle-boot.png'));
const PATIENCE_MS = 60_000;

interface Message {
  readonly value: string;
  readonly attributes?: Record<string, string>;
}

/** What became of each message, by id. */
class Outcomes {
  readonly byId = new Map<string, string[]>();

  constructor(predictions: Subscription, deadLetters: Subscription) {
    predictions.on('message', (message) => {
      const { id, className } = JSON.parse(message.data.toString()) as Prediction;
      this.#add(id, className);
      message.ack();
    });
    deadLetters.on('message', (message) => {
      const { id, 'source-id': sourceId = '', 'error-code': code = '' } = message.attributes;
      this.#add(id ?? sourceId, code);
      message.ack();
    });
    for (const one of [predictions, deadLetters]) one.on('error', () => undefined);
  }

  #add(id: string, outcome: string): void {
    this.byId.set(id, [...(this.byId.get(id) ?? []), outcome]);
  }
}

describeWithPackages('requirements-stores.txt', ['go'], 'stream-infer with references in messages', () => {
  const fake = new PubsubFake();
  const http = new HostileImages(IMAGE);
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-references-'));
  const closers: (() => Promise<unknown> | void)[] = [];
  let moto: ObjectStore;
  let gcs: ObjectStore;
  let program: Cli;
  let client: PubSub;
  let outcomes: Outcomes;

  beforeAll(async () => {
    Object.assign(process.env, S3_CREDENTIALS);
    await Promise.all([fake.start(), http.start()]);
    [moto, gcs] = await Promise.all([startMoto(), startGcs('factory')]);
    await fetch(`${moto.endpoint}/camera`, { method: 'PUT' });
    const stores = [
      ['camera', await openS3({ endpoint: moto.endpoint, timeoutMs: 5_000 })],
      ['factory', await openGcs({ endpoint: gcs.endpoint, timeoutMs: 5_000 })],
    ] as const;
    for (const [bucket, store] of stores) {
      await store.put(bucket, 'line 1/boot.png', IMAGE, 'image/png', AbortSignal.timeout(10_000));
      store.close();
    }
    writeFileSync(join(folder, 'boot.png'), IMAGE);
    writeFileSync(
      join(folder, 'stream-infer.yaml'),
      JSON.stringify({
        broker: 'pubsub',
        pubsub: { project: PROJECT },
        references: {
          allow: ['s3://camera', 'gs://factory', `http://${http.host}`, pathToFileURL(folder).href],
          allowPrivateNetwork: true,
          timeout: '1s',
          s3: { endpoint: moto.endpoint },
          gcs: { endpoint: gcs.endpoint },
        },
        events: { keepOriginals: 's3://camera/events' },
        alerts: [{ name: 'boots', kind: 'label', labels: ['Ankle boot'], severity: 'info', alert: true }],
      }),
    );
    const env = { PUBSUB_EMULATOR_HOST: fake.address };
    program = await new Cli(['-c', join(folder, 'stream-infer.yaml'), '--port', '0'], env).ready();
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    client = new PubSub({ projectId: PROJECT });
    const [predictions] = await client.topic('predictions').createSubscription('test-predictions');
    const [deadLetters] = await client.topic('images.dlq').createSubscription('test-dead-letters');
    outcomes = new Outcomes(predictions, deadLetters);
    closers.push(() => client.close());
  }, 2 * BUILD_TIME);
  afterAll(async () => {
    for (const close of closers) await close();
    await program.stop('SIGKILL');
    await Promise.all([moto.stop(), gcs.stop(), http.close(), fake.kill()]);
  });

  /** Publishes under ids and waits for the outcomes. */
  async function publish(messages: Readonly<Record<string, Message>>): Promise<void> {
    await Promise.all(
      Object.entries(messages).map(([id, { value, attributes }]) =>
        client
          .topic('images')
          .publishMessage({ data: Buffer.from(value), attributes: { id, ...attributes } }),
      ),
    );
  }

  async function outcomesOf(ids: readonly string[]): Promise<Record<string, string[]>> {
    await until(
      () => ids.every((id) => outcomes.byId.has(id)),
      PATIENCE_MS,
      () => `${ids.filter((id) => !outcomes.byId.has(id)).join()} have no outcome\n${program.stderr}`,
    );
    return Object.fromEntries(ids.map((id) => [id, outcomes.byId.get(id) ?? []]));
  }

  it('keeps the image behind an event, also one that a message refers to', async () => {
    // The first boot: all further ones belong to the same incident.
    await publish({ first: { value: 's3://camera/line 1/boot.png' } });
    expect(await outcomesOf(['first'])).toEqual({ first: ['Ankle boot'] });
    const store = await openS3({ endpoint: moto.endpoint, timeoutMs: 5_000 });
    const kept = async (): Promise<FetchAnswer> => {
      const { alerts } = await program.json<{ alerts: { id: string }[] }>('/api/v1/alerts');
      const reference = parseReference(`s3://camera/events/${alerts.at(-1)?.id}`) as Reference;
      return await store.fetch({ reference, maxBytes: 1_000_000, signal: AbortSignal.timeout(5_000) });
    };
    let answer = await kept();
    await until(
      async () => (answer = await kept()).kind === 'fetched',
      PATIENCE_MS,
      () => `${JSON.stringify(answer)}\n${program.stderr}`,
    );
    expect((answer as FetchedImage).bytes.equals(IMAGE)).toBe(true);
    store.close();
  });

  it('predicts the images of every store, and refuses what it must', async () => {
    const boot = (value: string, attributes?: Record<string, string>) => ({
      message: { value, ...(attributes && { attributes }) },
      outcome: 'Ankle boot',
    });
    const record = (eventName: string, key: string) =>
      JSON.stringify({
        Records: [{ eventSource: 'aws:s3', eventName, s3: { bucket: { name: 'camera' }, object: { key } } }],
      });
    const refused = (value: string, outcome: string) => ({ message: { value }, outcome });
    const cases = {
      text: boot('s3://camera/line 1/boot.png'),
      json: boot(JSON.stringify({ image: 'gs://factory/line 1/boot.png', label: 9 })),
      http: boot(JSON.stringify({ url: http.url('/image.png') })),
      redirected: boot(http.url(`/redirect?${encodeURIComponent('/image.png')}`)),
      file: boot(pathToFileURL(join(folder, 'boot.png')).href),
      'carried itself': boot(JSON.stringify({ image: IMAGE.toString('base64') })),
      dataref: boot('', { 'ce-specversion': '1.0', 'ce-dataref': http.url('/image.png') }),
      's3 notification': boot(record('ObjectCreated:Put', 'line+1/boot.png')),
      'gcs notification': boot('', {
        eventType: 'OBJECT_FINALIZE',
        payloadFormat: 'NONE',
        bucketId: 'factory',
        objectId: 'line 1/boot.png',
      }),
      'not there': refused('s3://camera/absent.png', 'REFERENCE_NOT_FOUND'),
      'not allowed': refused('s3://other/boot.png', 'REFERENCE_FORBIDDEN'),
      'metadata of a cloud': refused('http://169.254.169.254/latest/meta-data/', 'REFERENCE_FORBIDDEN'),
      'redirect away': refused(
        http.url(`/redirect?${encodeURIComponent('http://127.0.0.1:1/')}`),
        'REFERENCE_FORBIDDEN',
      ),
      'out of the folder': refused('file:///etc/passwd', 'REFERENCE_FORBIDDEN'),
      'too large': refused(http.url('/declares-much'), 'REFERENCE_TOO_LARGE'),
      slow: refused(http.url('/drips'), 'REFERENCE_TIMEOUT'),
      denied: refused(http.url('/status/403'), 'REFERENCE_REFUSED'),
      broken: refused(http.url('/cut'), 'REFERENCE_FAILED'),
      'a deletion': refused(record('ObjectRemoved:Delete', 'boot.png'), 'REFERENCE_INVALID'),
      'not an image': refused(http.url('/empty'), 'EMPTY'),
    };
    await publish(Object.fromEntries(Object.entries(cases).map(([id, { message }]) => [id, message])));
    expect(await outcomesOf(Object.keys(cases))).toEqual(
      Object.fromEntries(Object.entries(cases).map(([id, { outcome }]) => [id, [outcome]])),
    );
  });

  it('waits for a store that is down, loses nothing, and says so', async () => {
    await moto.freeze();
    const ids = Array.from({ length: 20 }, (_, at) => `waiting ${at}`);
    try {
      await publish(Object.fromEntries(ids.map((id) => [id, { value: 's3://camera/line 1/boot.png' }])));
      await until(
        async () => {
          const { reasons } = await program.json<{ reasons: string[] }>('/readyz');
          return reasons.some((reason) => /s3:\/\/camera.*consumption paused/.test(reason));
        },
        PATIENCE_MS,
        () => program.stderr,
      );
      expect(ids.filter((id) => outcomes.byId.has(id))).toEqual([]);
    } finally {
      moto.thaw();
    }
    expect(await outcomesOf(ids)).toEqual(Object.fromEntries(ids.map((id) => [id, ['Ankle boot']])));
    await program.ready();
    expect((await program.stop()).code).toBe(0);
  });
});
