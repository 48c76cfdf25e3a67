import { ReceivedEvents } from '../../src/alerting/received-events';
import { encodeEvent } from '../../src/codec/event-json';
import type { RuleEvent } from '../../src/core/event';
import type { Delivery } from '../../src/core/message';
import { createMemoryEvents } from '../../src/results/events/memory-events';
import { makeDelivery } from '../helpers/deliveries';
import { makeEvent } from '../helpers/events';

const pixels = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
const derived = {
  enlarged: Buffer.from('\x89PNG one', 'latin1'),
  occlusion: Buffer.from('\x89PNG two', 'latin1'),
};

function create() {
  const told: RuleEvent[] = [];
  const problems: string[] = [];
  const received = new ReceivedEvents(createMemoryEvents(), [], {
    onSkipped: (problem) => problems.push(problem),
  });
  received.service.onAlert((event) => told.push(event));
  return { received, told, problems, service: received.service };
}

function delivered(event: RuleEvent, offset = 0): Delivery {
  const { value, headers } = encodeEvent({ event, pixels }, derived, 'ce_');
  return makeDelivery(offset, { value, headers });
}

it('stores an event with all its images', async () => {
  const { received, service } = create();
  const event = makeEvent({ id: 'a', alert: null }).event;
  await received.store([delivered(event)]);
  expect(await service.get('a')).toMatchObject(event);
  expect(await service.image('a', 'image')).toEqual(pixels);
  expect(Buffer.from((await service.image('a', 'occlusion')) ?? [])).toEqual(derived.occlusion);
});

it('announces an alert once, even after redeliveries', async () => {
  const { received, told, service } = create();
  const { event } = makeEvent({ id: 'a', alert: 3 });
  await received.store([delivered(event, 0), delivered(event, 1)]);
  await received.store([delivered(event, 2)]);
  expect(told.map(({ id }) => id)).toEqual(['a']);
  expect(await service.list({ limit: 10 })).toHaveLength(1);
});

it('renumbers an alert whose number another process has used', async () => {
  const { received, service } = create();
  await received.store([
    delivered(makeEvent({ id: 'a', alert: 1 }).event),
    delivered(makeEvent({ id: 'b', alert: 2 }).event, 1),
  ]);
  await received.store([delivered(makeEvent({ id: 'c', alert: 1 }).event, 2)]);
  expect([(await service.alert(1))?.id, (await service.alert(2))?.id, (await service.alert(3))?.id]).toEqual([
    'a',
    'b',
    'c',
  ]);
});

it('skips messages that are not events', async () => {
  const { received, service } = create();
  const values = [null, Buffer.from('{'), Buffer.from('null'), Buffer.from('{"schemaVersion": 1}')];
  await received.store(values.map((value, offset) => makeDelivery(offset, { value })));
  expect(await service.list({ limit: 10 })).toEqual([]);
});

const whole = () =>
  JSON.parse(String(delivered(makeEvent({ id: 'a', alert: 1 }).event).value)) as Record<string, unknown>;
const drift = {
  measure: 'classes',
  index: 1,
  limit: 0.2,
  samples: 10,
  shares: [1],
  expected: [1],
  measures: [],
};

it.each([
  ['images', null],
  ['images', 'none'],
  ['images', { enlarged: 5 }],
  ['images', { image: {} }],
  ['images', { image: 'not base64!' }],
  ['alert', {}],
  ['alert', []],
  ['alert', 1.5],
  ['alert', -1],
  ['alert', '1'],
  ['alert', Number.MAX_SAFE_INTEGER],
  ['count', 'many'],
  ['count', 1.5],
  ['count', null],
  ['id', ''],
  ['id', 'a'.repeat(1_001)],
  ['rule', {}],
  ['kind', 'constructor'],
  ['severity', 5],
  ['at', 'yesterday'],
  ['prediction', {}],
  ['prediction', 'a bag'],
  ['prediction', null],
  ['deadLetter', { code: {} }],
  ['drift', { measures: null }],
  ['drift', { ...drift, shares: 'abc' }],
])(
  'skips an event with an invalid %s (%#), names the field, and continues with the next event',
  async (field, value) => {
    const { received, service, problems } = create();
    const wrong = makeDelivery(1, { value: Buffer.from(JSON.stringify({ ...whole(), [field]: value })) });
    await received.store([wrong, delivered(makeEvent({ id: 'b' }).event, 2)]);
    expect((await service.list({ limit: 10 })).map(({ id }) => id)).toEqual(['b']);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${field}`))]);
  },
);

it('stores an event without invalid images and unknown members', async () => {
  const { received, service, problems } = create();
  const text = Buffer.from('<script>').toString('base64');
  let deep: unknown = 1;
  for (let i = 0; i < 20; i++) deep = [deep];
  const images = { image: text, enlarged: text, occlusion: text };
  const value = Buffer.from(JSON.stringify({ ...whole(), images, constructor: deep }));
  await received.store([makeDelivery(1, { value })]);
  const found = await service.get('a');
  expect(found?.images).toEqual({ image: false, enlarged: false, occlusion: false });
  expect(Object.keys(found ?? {})).not.toContain('constructor');
  expect(problems).toEqual([]);
});
