import { StreamInferError } from '../../src/core/errors';
import type { OutgoingMessage } from '../../src/core/message';
import type { ModelDescription } from '../../src/core/model-description';
import type { MessageSink } from '../../src/core/ports';
import type { Operator } from '../../src/core/steering';
import { LabelService } from '../../src/labels/label-service';
import { createLabelStore } from '../../src/results/given-labels/create-label-store';
import { createMemoryLabels } from '../../src/results/given-labels/memory-labels';
import { createMemoryResults } from '../../src/results/memory-store';
import { createResults } from '../../src/results/results';
import { AuditLog } from '../../src/steering/audit-log';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';
import { mistakesIn } from '../helpers/schemas';
import { createOutcome, SILENT_LOG } from '../helpers/services';

const ANNA: Operator = { by: 'anna', via: 'page', address: '127.0.0.1', reason: '' };
const ID = 'images/1/0';

type Publish = MessageSink['publish'];

function labelled(given: { publish?: Publish; model?: ModelDescription | null; connected?: boolean } = {}) {
  const { model = FASHION_MNIST_DESCRIPTION, connected = true } = given;
  const published: { topic: string; message: OutgoingMessage }[] = [];
  const publish: Publish =
    given.publish ??
    (async (topic, messages) => {
      for (const message of messages) published.push({ topic, message });
      return [];
    });
  const memory = createMemoryResults({ capacity: 100 });
  memory.onOutcomes(
    [createOutcome({ index: 0, confidence: 0.9 }), createOutcome({ index: 1, label: 7, confidence: 0.3 })],
    1,
  );
  const store = createMemoryLabels();
  const service = new LabelService({
    store,
    results: createResults(memory, null, SILENT_LOG),
    topic: 'labels',
    sink: () => (connected ? ({ publish } as MessageSink) : null),
    model: () => model,
    disagreements: () => [],
    audit: new AuditLog(null, SILENT_LOG),
    retraining: { state: jest.fn(), start: jest.fn(), cancel: jest.fn() },
    publishMs: 30,
  });
  return { service, store, published };
}

const bodyOf = (message: OutgoingMessage | undefined): unknown =>
  JSON.parse(Buffer.from(message?.value ?? '').toString());

it('publishes a label, keeps it, and takes its image off the queue', async () => {
  const { service, published } = labelled();
  expect((await service.queue({ kind: 'all', limit: 9 })).images.map(({ id }) => id)).toEqual([
    ID,
    'images/0/0',
  ]);
  const label = await service.give({ id: ID, label: 5 }, ANNA);
  expect(label).toMatchObject({
    className: 'Sandal',
    predicted: { className: 'Sneaker' },
    by: 'anna',
    via: 'page',
  });
  const [{ topic, message } = { topic: '', message: undefined }] = published;
  expect([topic, message?.key]).toEqual(['labels', ID]);
  expect(mistakesIn('label', bodyOf(message))).toBeUndefined();
  expect((await service.queue({ kind: 'all', limit: 9 })).images.map(({ id }) => id)).toEqual(['images/0/0']);
  expect(await service.counts()).toEqual(new Map([[5, 1]]));
  expect(service.history(9)).toMatchObject([
    { action: 'label', by: 'anna', detail: `${ID}: Sandal`, outcome: 'done', result: 'was Sneaker' },
  ]);
});

it('withdraws a label with a message whose label is null', async () => {
  const { service, store, published } = labelled();
  await service.give({ id: ID, label: 5 }, ANNA);
  await service.withdraw(ID, { ...ANNA, by: 'ben' });
  const last = bodyOf(published.at(-1)?.message);
  expect(last).toMatchObject({ id: ID, label: null, className: null, by: 'ben' });
  expect(mistakesIn('label', last)).toBeUndefined();
  expect(await store.list({ limit: 9 })).toEqual([]);
  expect(service.history(1)).toMatchObject([{ action: 'withdraw label', by: 'ben', result: 'was Sandal' }]);
  await expect(service.withdraw(ID, ANNA)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('keeps no label that the broker did not confirm', async () => {
  const down = new StreamInferError('BROKER_UNREACHABLE', 'Kafka is down');
  const cases: [Parameters<typeof labelled>[0], string][] = [
    [{ publish: async () => Promise.reject(down) }, 'BROKER_UNREACHABLE'],
    [{ publish: () => new Promise(() => undefined) }, 'TIMEOUT'],
    [{ publish: async () => [{ index: 0, reason: 'large' }] as never }, 'MESSAGE_TOO_LARGE'],
    [{ connected: false }, 'NOT_READY'],
  ];
  for (const [given, code] of cases) {
    const { service, store } = labelled(given);
    await expect(service.give({ id: ID, label: 5 }, ANNA)).rejects.toMatchObject({ code });
    expect(await store.list({ limit: 9 })).toEqual([]);
    expect(service.history(1)).toMatchObject([{ outcome: 'failed' }]);
  }
});

it('refuses unknown images and classes, and models without classes to correct', async () => {
  const { service } = labelled();
  await expect(service.give({ id: 'images/9/9', label: 5 }, ANNA)).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(service.give({ id: ID, label: 10 }, ANNA)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  const loading = labelled({ model: null }).service;
  await expect(loading.queue({ kind: 'all', limit: 9 })).rejects.toMatchObject({ code: 'NOT_READY' });
  const { output } = FASHION_MNIST_DESCRIPTION;
  const detector = { ...FASHION_MNIST_DESCRIPTION, output: { ...output, objects: {} } } as ModelDescription;
  await expect(labelled({ model: detector }).service.queue({ kind: 'all', limit: 9 })).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
  });
});

it('does not answer from memory while the database is unusable', async () => {
  const store = createLabelStore({ ...createMemoryLabels(), usable: false });
  await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'NOT_READY' });
  await expect(store.counts()).rejects.toMatchObject({ code: 'NOT_READY' });
});
