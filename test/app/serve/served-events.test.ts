import { ServedEvents } from '../../../src/app/serve/served-events';
import { encodeEvent } from '../../../src/codec/event-json';
import type { NoticedEvent } from '../../../src/core/event';
import type { Delivery } from '../../../src/core/message';
import { createMemoryEvents } from '../../../src/results/events/memory-events';
import { makeDelivery } from '../../helpers/deliveries';
import { makeEvent } from '../../helpers/events';

const pixels = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
const derived = { enlarged: Buffer.from('png one'), occlusion: Buffer.from('png two') };

function create() {
  const told: NoticedEvent[] = [];
  const served = new ServedEvents(createMemoryEvents(), []);
  served.service.onAlert((event) => told.push(event));
  return { served, told, service: served.service };
}

function delivered(event: NoticedEvent, offset = 0): Delivery {
  const { value, headers } = encodeEvent({ event, pixels }, derived, 'ce_');
  return makeDelivery(offset, { value, headers });
}

it('keeps an event with all its images', async () => {
  const { served, service } = create();
  const event = makeEvent({ id: 'a', alert: null }).event;
  await served.take([delivered(event)]);
  expect(await service.get('a')).toMatchObject(event);
  expect(await service.image('a', 'image')).toEqual(pixels);
  expect(Buffer.from((await service.image('a', 'occlusion')) ?? [])).toEqual(derived.occlusion);
});

it('tells of an alert once, however often it comes', async () => {
  const { served, told, service } = create();
  const { event } = makeEvent({ id: 'a', alert: 3 });
  await served.take([delivered(event, 0), delivered(event, 1)]);
  await served.take([delivered(event, 2)]);
  expect(told.map(({ id }) => id)).toEqual(['a']);
  expect(await service.list({ limit: 10 })).toHaveLength(1);
});

it('gives an alert another number where another process has raised one with its own', async () => {
  const { served, service } = create();
  await served.take([
    delivered(makeEvent({ id: 'a', alert: 1 }).event),
    delivered(makeEvent({ id: 'b', alert: 2 }).event, 1),
  ]);
  await served.take([delivered(makeEvent({ id: 'c', alert: 1 }).event, 2)]);
  expect([(await service.alert(1))?.id, (await service.alert(2))?.id, (await service.alert(3))?.id]).toEqual([
    'a',
    'b',
    'c',
  ]);
});

it('passes over what is no event', async () => {
  const { served, service } = create();
  const values = [null, Buffer.from('{'), Buffer.from('null'), Buffer.from('{"schemaVersion": 1}')];
  await served.take(values.map((value, offset) => makeDelivery(offset, { value })));
  expect(await service.list({ limit: 10 })).toEqual([]);
});
