import { EventDispatcher, type DispatcherOptions } from '../../src/alerting/event-dispatcher';
import { StreamInferError } from '../../src/core/errors';
import type { RuleEvent } from '../../src/core/event';
import type { OutgoingMessage } from '../../src/core/message';
import { createMemoryEvents } from '../../src/results/events/memory-events';
import { EVENT_TASKS, type UnfinishedEvent } from '../../src/alerting/event-journal';
import { until } from '../helpers/cli';
import { makeEvent } from '../helpers/events';
import { SILENT_LOG } from '../helpers/services';

const TIMEOUT = 20_000;

interface Published {
  readonly topic: string;
  readonly body: Record<string, unknown>;
}

function stage(overrides: Partial<DispatcherOptions> = {}) {
  const published: Published[] = [];
  const done: string[] = [];
  const told: RuleEvent[] = [];
  const errors: string[] = [];
  const events = createMemoryEvents();
  const dispatcher = new EventDispatcher({
    log: { ...SILENT_LOG, error: (_fields, message) => void errors.push(message) },
    events,
    sink: {
      publish: async (topic, messages) => {
        published.push(...messages.map((message) => ({ topic, body: bodyOf(message) })));
        return [];
      },
    },
    topics: { events: 'events', alerts: 'alerts' },
    prefix: 'ce_',
    instanceId: 'here',
    derive: async () => ({ enlarged: new Uint8Array([1]), occlusion: new Uint8Array([2]) }),
    webhook: null,
    onDone: (id, task) => void done.push(`${id} ${task}`),
    onStored: () => undefined,
    onAlert: (event) => void told.push(event),
    firstRetryMs: 5,
    ...overrides,
  });
  return { dispatcher, events, published, done, told, errors };
}

function bodyOf({ value }: OutgoingMessage): Record<string, unknown> {
  return JSON.parse(String(value)) as Record<string, unknown>;
}

/** Those of each alert with a webhook. */
const OF_ALERT = EVENT_TASKS.filter((task) => task !== 'keep');

const open = (number: number, tasks: UnfinishedEvent['tasks'] = OF_ALERT): UnfinishedEvent => ({
  ...makeEvent({ id: `e${number}`, alert: number }),
  tasks,
});

const soon = (condition: () => boolean) => until(condition, TIMEOUT, () => 'it does not happen');

it('keeps the original of an event, also after failures of its store', async () => {
  const kept: string[] = [];
  let failures = 2;
  const originals = {
    keep: async (id: string, { value }: { value: Buffer | null }) => {
      if (failures-- > 0) throw new Error('the store is down');
      kept.push(`${id} ${String(value)}`);
      return undefined;
    },
    close: () => undefined,
  };
  const { dispatcher, done, errors } = stage({ originals });
  const original = { value: Buffer.from('as it came'), headers: [] };
  dispatcher.dispatch([{ ...open(18, ['keep']), original }]);
  await soon(() => done.length === 1);
  expect([kept, done, errors]).toEqual([['e18 as it came'], ['e18 keep'], []]);
  await dispatcher.close(0);
});

it('gives up an original that an earlier run did not keep', async () => {
  const { dispatcher, done, errors } = stage({
    originals: { keep: async () => undefined, close: () => undefined },
  });
  dispatcher.dispatch([open(19, ['keep'])]);
  await soon(() => done.length === 1);
  expect(errors).toEqual(['keeping an original failed; not retrying']);
  await dispatcher.close(0);
});

it('stores, announces, publishes and posts each alert, with images only in the event', async () => {
  const posted: number[] = [];
  const webhook = { post: async ({ number }: { number: number }) => void posted.push(number) };
  const { dispatcher, events, published, done, told } = stage({ webhook: webhook });
  dispatcher.dispatch([open(17)]);
  await soon(() => done.length === 4);
  expect(done.sort()).toEqual(['e17 alert', 'e17 post', 'e17 publish', 'e17 store']);
  expect((await events.alert(17))?.images).toEqual({ image: true, enlarged: true, occlusion: true });
  expect(told.map(({ alert }) => alert)).toEqual([17]);
  expect(posted).toEqual([17]);
  const alert = published.find(({ topic }) => topic === 'alerts')?.body;
  expect(alert).toMatchObject({ number: 17, id: 'e17', instance: 'here', page: '/alerts/17', rule: 'bags' });
  expect(alert).not.toHaveProperty('images');
  expect(published.find(({ topic }) => topic === 'events')?.body).toMatchObject({
    id: 'e17',
    alert: 17,
    images: { image: expect.stringMatching(/^iVBOR/) as string, enlarged: 'AQ==', occlusion: 'Ag==' },
  });
  await dispatcher.close(1_000);
});

it('runs only unfinished tasks', async () => {
  const { dispatcher, published, done } = stage();
  dispatcher.dispatch([open(1, ['alert'])]);
  await soon(() => done.length === 1);
  expect([done, published.map(({ topic }) => topic)]).toEqual([['e1 alert'], ['alerts']]);
  await dispatcher.close(1_000);
});

it('publishes an event without derived images if deriving fails', async () => {
  const derive = async () => {
    throw new StreamInferError('WORKER_CRASH', 'died');
  };
  const { dispatcher, published, done } = stage({ derive });
  dispatcher.dispatch([open(1, ['publish'])]);
  await soon(() => done.length === 1);
  expect(Object.keys(published[0]?.body['images'] as object)).toEqual(['image']);
  await dispatcher.close(1_000);
});

it('leaves an event to its journal when a stop ends the deriving', async () => {
  let fail = (_error: Error): void => undefined;
  const derive = () => new Promise<never>((_, reject) => (fail = reject));
  const warnings: string[] = [];
  const log = { ...SILENT_LOG, warn: (_fields: object, message: string) => void warnings.push(message) };
  const { dispatcher, published, done } = stage({ derive, log });
  dispatcher.dispatch([open(1, ['publish'])]);
  await dispatcher.close(10);
  fail(new StreamInferError('ABORTED', 'the pool is closed'));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect({ warnings, published, done }).toEqual({ warnings: [], published: [], done: [] });
});

it('retries unconfirmed publishes while other tasks continue', async () => {
  let failures = 3;
  const alerts: unknown[] = [];
  const { dispatcher, done } = stage({
    sink: {
      publish: async (topic, messages) => {
        if (topic === 'alerts' && failures-- > 0) throw new StreamInferError('PUBLISH_FAILED', 'away');
        if (topic === 'alerts') alerts.push(...messages.map((message) => bodyOf(message)['number']));
        return [];
      },
    },
  });
  dispatcher.dispatch([open(1, ['alert', 'store', 'publish']), open(2, ['alert', 'store', 'publish'])]);
  await soon(() => done.length === 6);
  expect(alerts).toEqual([1, 2]);
  await dispatcher.close(1_000);
});

it('stops retrying a failing webhook, logs it, and posts the other alerts meanwhile', async () => {
  const tried: number[] = [];
  const webhook = {
    post: async ({ number }: { number: number }) => {
      tried.push(number);
      if (number === 1) throw new StreamInferError('PUBLISH_FAILED', 'HTTP 500');
      return number === 2 ? 'HTTP 307: redirects are not followed' : undefined;
    },
  };
  const { dispatcher, done, errors } = stage({ webhook, firstRetryMs: 1 });
  dispatcher.dispatch([open(1), open(2), open(3)]);
  await soon(() => done.filter((one) => one.endsWith('post')).length === 3);
  expect(tried.sort()).toEqual([...Array<number>(9).fill(1), 2, 3]);
  expect(errors).toEqual(['posting an alert failed; not retrying', 'posting an alert failed; not retrying']);
  await dispatcher.close(1_000);
});

it('posts later alerts while an earlier one waits for its next attempt', async () => {
  const tried: number[] = [];
  const webhook = {
    post: async ({ number }: { number: number }) => {
      tried.push(number);
      if (number === 1 && tried.length === 1) throw new StreamInferError('TIMEOUT', 'no answer');
      return undefined;
    },
  };
  const { dispatcher, done } = stage({ webhook, firstRetryMs: 100 });
  dispatcher.dispatch([open(1, ['post']), open(2, ['post'])]);
  await soon(() => done.length === 1);
  // Arrives while nothing but the failed one waits.
  dispatcher.dispatch([open(3, ['post'])]);
  await soon(() => done.length === 3);
  expect(tried).toEqual([1, 2, 3, 1]);
  expect(done).toEqual(['e2 post', 'e3 post', 'e1 post']);
  await dispatcher.close(1_000);
});

it('keeps waiting posts for the journal when it closes', async () => {
  const webhook = { post: () => Promise.reject(new StreamInferError('TIMEOUT', 'no answer')) };
  const { dispatcher, done } = stage({ webhook, firstRetryMs: 60_000 });
  dispatcher.dispatch([open(1, ['post']), open(2, ['post'])]);
  await dispatcher.close(20);
  expect(done).toEqual([]);
});

it('is not delayed by a hanging webhook, and closes in time', async () => {
  const webhook = {
    post: (_alert: unknown, signal: AbortSignal) =>
      new Promise<undefined>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      ),
  };
  const { dispatcher, done } = stage({ webhook });
  dispatcher.dispatch([open(1), open(2)]);
  await soon(() => done.length === 6);
  await dispatcher.close(20);
  expect(done.filter((one) => one.endsWith('post'))).toEqual([]);
});

it('announces an alert while the store fails, and stores it after recovery', async () => {
  const memory = createMemoryEvents();
  let away = true;
  const events: DispatcherOptions['events'] = {
    ...memory,
    insert: async (event) => {
      if (away) throw new StreamInferError('NOT_READY', 'disk full');
      await memory.insert(event);
    },
  };
  const { dispatcher, done, told } = stage({ events });
  dispatcher.dispatch([open(1, ['store'])]);
  await soon(() => told.length === 1);
  expect(done).toEqual([]);
  away = false;
  await soon(() => done.length === 1);
  expect(told).toHaveLength(1);
  expect((await memory.alert(1))?.id).toBe('e1');
  await dispatcher.close(1_000);
});

it('sums up further matches of an event, and stores them at the latest on close', async () => {
  const { dispatcher, events, done } = stage();
  dispatcher.dispatch([open(1, ['store'])]);
  await soon(() => done.length === 1);
  dispatcher.addMatches('e1', 2, 1_000);
  dispatcher.addMatches('e1', 3, 2_000);
  await dispatcher.close(1_000);
  expect(await events.alert(1)).toMatchObject({ matches: 6, lastAt: '1970-01-01T00:00:02.000Z' });
});
