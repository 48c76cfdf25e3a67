import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Storage } from '@google-cloud/storage';
import { AllowList } from '../../src/references/allow-list';
import { ReferenceFetcher } from '../../src/references/fetcher';
import { openGcs, openS3 } from '../../src/references/open-stores';
import { parseReference } from '../../src/references/parse-reference';
import type { Reference } from '../../src/references/reference';
import type { FetchRequest, ImageStore } from '../../src/references/store';
import type { WritableStore } from '../../src/references/writable-store';
import { BUILD_TIME } from '../helpers/go-program';
import { S3_CREDENTIALS, startGcs, startMoto, type ObjectStore } from '../helpers/object-stores';
import { describeWith } from '../helpers/parts';
import { describeWithPackages } from '../helpers/python';

jest.setTimeout(60_000);

const IMAGE = Buffer.from('some bytes');
const TIMEOUT_MS = 5_000;
const allowList = (allow: string[]) => new AllowList({ allow, allowPrivateNetwork: false });
const request = (text: string, more: Partial<FetchRequest> = {}): FetchRequest => ({
  reference: parseReference(text) as Reference,
  maxBytes: 100,
  signal: AbortSignal.timeout(TIMEOUT_MS),
  ...more,
});

type Store = ImageStore & WritableStore;

/** The same promises for both, against a server of others. */
function holdsPromises(scheme: 's3' | 'gs', store: () => Store, server: () => ObjectStore): void {
  const url = (key: string, bucket = 'camera') => `${scheme}://${bucket}/${key}`;

  it('keeps an object, also one with an unusual key, and gives it back', async () => {
    for (const key of ['line 1/ä+b?c.png', 'a.png', 'deep/er/a%20b.png']) {
      await store().put('camera', key, IMAGE, 'image/png', AbortSignal.timeout(TIMEOUT_MS));
      expect(await store().fetch(request(url(key)))).toMatchObject({
        kind: 'fetched',
        bytes: IMAGE,
        contentType: 'image/png',
        etag: expect.stringMatching(/./) as string,
      });
    }
  });

  it('gives an object once as long as it is unchanged', async () => {
    const save = (text: string) =>
      store().put('camera', 'changes', Buffer.from(text), 'image/png', AbortSignal.timeout(TIMEOUT_MS));
    await save('one');
    const first = await store().fetch(request(url('changes')));
    const { etag } = first as { etag: string };
    expect(await store().fetch(request(url('changes'), { etag }))).toEqual({ kind: 'unchanged' });
    await save('two');
    const second = await store().fetch(request(url('changes'), { etag }));
    expect(second).toMatchObject({ kind: 'fetched', bytes: Buffer.from('two') });
  });

  it('refuses an object that is absent or too large', async () => {
    await store().put('camera', 'large', Buffer.alloc(200), 'image/png', AbortSignal.timeout(TIMEOUT_MS));
    expect(await store().fetch(request(url('absent')))).toMatchObject({ code: 'REFERENCE_NOT_FOUND' });
    expect(await store().fetch(request(url('large')))).toMatchObject({ code: 'REFERENCE_TOO_LARGE' });
  });

  it('is not available without its bucket', async () => {
    const answer = await store().fetch(request(url('a.png', 'no-such-bucket')));
    expect(answer).toMatchObject({ kind: 'later' });
  });

  it('answers, or does not', async () => {
    const { reference } = request(url('a.png'));
    expect(await store().answers(reference, AbortSignal.timeout(TIMEOUT_MS))).toBe(true);
    await server().freeze();
    try {
      const frozen = await store().fetch(request(url('a.png'), { signal: AbortSignal.timeout(300) }));
      expect(frozen).toMatchObject({ kind: 'doubtful', code: 'REFERENCE_TIMEOUT' });
      expect(await store().answers(reference, AbortSignal.timeout(300))).toBe(false);
    } finally {
      server().thaw();
    }
  });

  it('makes an outage a pause, whatever the object', async () => {
    const fetcher = new ReferenceFetcher({
      allowList: allowList([`${scheme}://camera`]),
      storeOf: store,
      maxBytes: 100,
      timeoutMs: 300,
      attempts: 2,
      cacheBytes: 0,
      firstWaitMs: 1,
    });
    await server().freeze();
    try {
      expect(await fetcher.fetch(request(url('a.png')).reference)).toMatchObject({ kind: 'later' });
    } finally {
      server().thaw();
      fetcher.close();
    }
  });
}

describeWithPackages('requirements-stores.txt', [], 'objects of S3, at moto', () => {
  let server: ObjectStore;
  let store: Awaited<ReturnType<typeof openS3>>;
  beforeAll(async () => {
    Object.assign(process.env, S3_CREDENTIALS);
    server = await startMoto();
    await fetch(`${server.endpoint}/camera`, { method: 'PUT' });
    store = await openS3({ endpoint: server.endpoint, timeoutMs: TIMEOUT_MS });
  }, 240_000);
  afterAll(async () => {
    store.close();
    await server.stop();
  });

  it('are given in the version that a message names', async () => {
    const client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true, region: 'us-east-1' });
    await fetch(`${server.endpoint}/camera?versioning`, {
      method: 'PUT',
      body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
    });
    const save = (text: string) =>
      store.put('camera', 'versions', Buffer.from(text), 'image/png', AbortSignal.timeout(TIMEOUT_MS));
    await save('one');
    const { VersionId } = await client.send(new GetObjectCommand({ Bucket: 'camera', Key: 'versions' }));
    await save('two');
    const answer = await store.fetch(request(`s3://camera/versions?versionId=${VersionId}`));
    expect(answer).toMatchObject({ bytes: Buffer.from('one') });
    client.destroy();
  });

  holdsPromises(
    's3',
    () => store,
    () => server,
  );
});

describeWith(['go'], 'objects of Cloud Storage, at fake-gcs-server', () => {
  let server: ObjectStore;
  let store: Awaited<ReturnType<typeof openGcs>>;
  beforeAll(async () => {
    server = await startGcs('camera');
    store = await openGcs({ endpoint: server.endpoint, timeoutMs: TIMEOUT_MS });
  }, BUILD_TIME);
  afterAll(async () => {
    store.close();
    await server.stop();
  });

  it('are given in the generation that a message names', async () => {
    const bucket = new Storage({ apiEndpoint: server.endpoint }).bucket('camera');
    await bucket.file('versions').save('one', { resumable: false });
    const [{ generation }] = await bucket.file('versions').getMetadata();
    await bucket.file('versions').save('two', { resumable: false });
    const answer = await store.fetch(request(`gs://camera/versions#${generation}`));
    expect(answer).toMatchObject({ bytes: Buffer.from('one') });
  });

  holdsPromises(
    'gs',
    () => store,
    () => server,
  );
});
