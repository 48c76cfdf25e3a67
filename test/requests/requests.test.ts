import { createMemoryBroker } from '../../src/brokers/memory/broker';
import { REQUEST_HEADER, createRequestId } from '../../src/requests/request-id';
import type { Callbacks } from '../../src/requests/callbacks';
import { Requests, type RequestsOptions } from '../../src/requests/requests';
import { PREDICTION_READER_LIMITS } from '../../src/setup/prediction-reader';
import type { Broker, MessageSink } from '../../src/core/ports';
import { silentContext } from '../helpers/broker-context';
import { createOutcome, SILENT_LOG } from '../helpers/services';

const NEVER = new AbortController().signal;
const TOPICS = { input: 'images', predictions: ['predictions', 'bags'], dlq: 'images.dlq' };
const IMAGE = { bytes: Buffer.alloc(784), contentType: 'application/octet-stream' };

describe('requests over the topic', () => {
  let broker: Broker;
  let sink: MessageSink;
  let open: Requests[];

  beforeEach(async () => {
    broker = createMemoryBroker(
      { partitions: 2, retention: 1_000, redeliverAfterMs: 60_000 },
      silentContext(),
    );
    sink = broker.createSink();
    await sink.open(NEVER);
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.close()));
    await broker.close();
  });

  /** As another process: it knows only what is in the topics. */
  function create(overrides: Partial<RequestsOptions> = {}): Requests {
    const requests = new Requests({
      kind: 'memory',
      broker,
      topics: TOPICS,
      follow: (topic) =>
        broker.createSource({ topic, group: null, from: 'latest', ...PREDICTION_READER_LIMITS }),
      sink: () => sink,
      results: { get: async () => undefined },
      ring: { list: () => [] },
      callbacks: null,
      log: SILENT_LOG,
      ...overrides,
    });
    open.push(requests);
    return requests;
  }

  async function published(): Promise<{ id: string; headers: readonly (readonly [string, unknown])[] }[]> {
    const scan = broker.createScan({ topic: TOPICS.input, memory: null, subscription: '' });
    await scan.open(NEVER);
    const messages = [...(await scan.next(NEVER))];
    await scan.close();
    return messages.map(({ key, headers }) => ({ id: String(key), headers }));
  }

  async function predict(id: string, label = 9, topic = 'predictions'): Promise<void> {
    const value = Buffer.from(JSON.stringify(createOutcome({ id, label }).prediction));
    await sink.publish(topic, [{ key: id, value, headers: [[REQUEST_HEADER, id]] }]);
  }

  it('are messages whose id is that of the request, and its key', async () => {
    const id = await create().submit(IMAGE);
    expect(await published()).toEqual([
      {
        id,
        headers: [
          ['id', id],
          [REQUEST_HEADER, id],
          ['content-type', 'application/octet-stream'],
        ],
      },
    ]);
  });

  it('are pending, then answered, also for a caller that waits and for one that comes later', async () => {
    const requests = create();
    const id = await requests.submit(IMAGE);
    expect(await requests.find(id)).toEqual({ state: 'pending' });
    const waiting = requests.wait(id, 60_000, NEVER);
    await predict(id);
    expect(await waiting).toMatchObject({ state: 'done', prediction: { id, label: 9 } });
    expect(await requests.find(id)).toMatchObject({ state: 'done', prediction: { id } });
  });

  it('are answered by a process that was started later, or that another one answers', async () => {
    const id = await create().submit(IMAGE);
    const beside = create();
    expect(await beside.find(id)).toEqual({ state: 'pending' });
    await predict(id, 8, 'bags');
    expect(await beside.wait(id, 60_000, NEVER)).toMatchObject({ state: 'done' });
    expect(await create().find(id)).toMatchObject({ state: 'done', prediction: { id } });
  });

  it('are answered with the reason of a dead letter, now and after a restart', async () => {
    const requests = create();
    const id = await requests.submit(IMAGE);
    const headers = [
      ['id', id],
      [REQUEST_HEADER, id],
      ['error-code', 'CORRUPT'],
      ['error-message', 'the PNG is cut off'],
      ['source-id', 'images/0/0'],
      ['source-topic', 'images'],
    ] as const;
    await sink.publish(TOPICS.dlq, [{ key: id, value: IMAGE.bytes, headers }]);
    const failed = { state: 'failed', error: { code: 'CORRUPT', message: 'the PNG is cut off' } };
    expect(await requests.wait(id, 60_000, NEVER)).toEqual(failed);
    expect(await create().find(id)).toEqual(failed);
  });

  it('keep their first answer when a message is classified again', async () => {
    const requests = create();
    const id = await requests.submit(IMAGE);
    await predict(id, 9);
    await requests.wait(id, 60_000, NEVER);
    await predict(id, 3);
    const other = await requests.submit(IMAGE);
    await predict(other);
    await requests.wait(other, 60_000, NEVER);
    expect(await requests.find(id)).toMatchObject({ prediction: { label: 9 } });
  });

  it('are published once for one id of a client, before and after the answer', async () => {
    const requests = create();
    for (let i = 0; i < 2; i++) expect(await requests.submit({ ...IMAGE, id: 'order-1' })).toBe('order-1');
    await predict('order-1');
    await requests.wait('order-1', 60_000, NEVER);
    await requests.submit({ ...IMAGE, id: 'order-1' });
    expect(await published()).toHaveLength(1);
  });

  it('are found in the results store, without a search', async () => {
    const { prediction } = createOutcome({ id: 'stored' });
    const results = { get: async (id: string) => (id === 'stored' ? { seq: 1, prediction } : undefined) };
    expect(await create({ results }).find('stored')).toEqual({ state: 'done', prediction });
  });

  it('are unknown with an id that neither has a time nor was seen here', async () => {
    await expect(create().find('order-2')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await create().find(createRequestId())).toEqual({ state: 'pending' });
  });

  it('let a caller wait no longer than asked for, than it is there, or than the process runs', async () => {
    const requests = create();
    const id = await requests.submit(IMAGE);
    expect(await requests.wait(id, 5, NEVER)).toEqual({ state: 'pending' });
    expect(await requests.wait(id, 60_000, AbortSignal.abort())).toEqual({ state: 'pending' });
    const waiting = requests.wait(id, 60_000, NEVER);
    await requests.find(id);
    await requests.close();
    expect(await waiting).toEqual({ state: 'pending' });
    await expect(requests.submit(IMAGE)).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('may be repeated when the broker refused them', async () => {
    const refusing = {
      ...sink,
      publish: async () => Promise.reject(new Error('away')),
    } as unknown as MessageSink;
    let current: MessageSink | null = null;
    const requests = create({ sink: () => current });
    await expect(requests.submit({ ...IMAGE, id: 'a' })).rejects.toMatchObject({ code: 'NOT_READY' });
    current = refusing;
    await expect(requests.submit({ ...IMAGE, id: 'a' })).rejects.toThrow('away');
    current = sink;
    await requests.submit({ ...IMAGE, id: 'a' });
    expect(await published()).toHaveLength(1);
  });

  it('answer the callbacks of an earlier run, with answers in the topics before and after the restart', async () => {
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await create().submit({ ...IMAGE, id });
    await predict('a');
    const answered: string[] = [];
    const left = () =>
      ids.filter((id) => !answered.includes(id)).map((id) => ({ id, url: '', at: Date.now() }));
    const callbacks = {
      get waiting() {
        return left();
      },
      answered: (id: string) => void answered.push(id),
      close: async () => undefined,
    } as unknown as Callbacks;
    const { prediction } = createOutcome({ id: 'b' });
    const results = { get: async (id: string) => (id === 'b' ? { seq: 1, prediction } : undefined) };
    create({ callbacks, results });
    while (answered.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(answered).toEqual(['b', 'a']);
    await predict('c');
    while (answered.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(answered).toEqual(['b', 'a', 'c']);
  });

  it('take a callback only where one is allowed, and forget it with a request that was not published', async () => {
    await expect(create().submit({ ...IMAGE, callback: 'https://example.com/' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'callback: no place is allowed; set requests.callbacks.allow',
    });
    const calls: string[] = [];
    const callbacks = {
      waiting: [],
      add: (id: string, url: string) => void calls.push(`add ${id} ${url}`),
      drop: (id: string) => void calls.push(`drop ${id}`),
      answered: (id: string) => void calls.push(`answered ${id}`),
      close: async () => undefined,
    } as unknown as Callbacks;
    const without = create({ callbacks, sink: () => null });
    await expect(without.submit({ ...IMAGE, id: 'a', callback: 'u' })).rejects.toMatchObject({
      code: 'NOT_READY',
    });
    await without.close();
    const requests = create({ callbacks });
    await requests.submit({ ...IMAGE, id: 'a', callback: 'u' });
    await predict('a');
    await requests.wait('a', 60_000, NEVER);
    await requests.submit({ ...IMAGE, id: 'a', callback: 'v' });
    expect(calls).toEqual(['add a u', 'drop a', 'add a u', 'answered a', 'add a v', 'answered a']);
  });
});
