import { Lifecycle } from '../../src/composition/lifecycle';
import { readinessOf } from '../../src/processor/readiness';
import type { ProcessorResources } from '../../src/processor/resources';

const UP = { status: () => ({ state: 'up' }) };

const DOWN = { status: () => ({ state: 'down', reason: 'the topic images does not exist' }) };

function reasonsWith(router: { readonly unavailable: string | null; readonly silence: string | null }) {
  const lifecycle = new Lifecycle<ProcessorResources>();
  lifecycle.run({ model: { router }, source: UP, sink: UP } as unknown as ProcessorResources);
  return readinessOf(lifecycle).reasons;
}

it('is not ready while a remote model is unavailable or silent', () => {
  expect(reasonsWith({ unavailable: null, silence: null })).toEqual([]);
  expect(reasonsWith({ unavailable: null, silence: 'x has not answered for 3 s' })).toEqual([
    'The model is silent: x has not answered for 3 s.',
  ]);
  expect(reasonsWith({ unavailable: 'HTTP 503', silence: 'x has not answered for 3 s' })).toEqual([
    'The model is unavailable: HTTP 503; consumption is paused.',
  ]);
});

const ROUTER = { unavailable: null, silence: null };

it.each([
  [DOWN, UP, 'Cannot read images: the topic images does not exist.'],
  [UP, DOWN, 'Cannot publish predictions: the topic images does not exist.'],
  [DOWN, DOWN, 'Cannot read images or publish predictions: the topic images does not exist.'],
])('names what does not work, and one cause once', (source, sink, expected) => {
  const lifecycle = new Lifecycle<ProcessorResources>();
  lifecycle.run({ model: { router: ROUTER }, source, sink } as unknown as ProcessorResources);
  expect(readinessOf(lifecycle).reasons).toEqual([expected]);
});

it('names an outage of the broker instead of its consequences', () => {
  const lifecycle = new Lifecycle<ProcessorResources>();
  const outbox = { stalled: true };
  lifecycle.run({
    model: { router: ROUTER },
    source: DOWN,
    sink: DOWN,
    outbox,
  } as unknown as ProcessorResources);
  const outage = { since: 1, reason: 'Kafka at k:9092: cannot connect: Connection refused' };
  const health = readinessOf(lifecycle, null, { outage, onReturn: () => () => undefined });
  expect(health).toMatchObject({
    ready: false,
    reasons: ['Kafka at k:9092: cannot connect: Connection refused; retrying.'],
    outage,
  });
});
