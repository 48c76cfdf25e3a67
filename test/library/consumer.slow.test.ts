import type { StreamInferError } from '../../src/core/errors';
import type { Delivery } from '../../src/core/message';
import {
  connectBroker,
  fromJson,
  toJson,
  type BrokerConnection,
  type Consumer,
  type ConsumerOptions,
  type ManualMessage,
} from '../../src/library';
import { until } from '../helpers/cli';
import { silentLog } from '../helpers/log';

const PATIENCE = 30_000;
jest.setTimeout(2 * PATIENCE);

let broker: BrokerConnection;
let errors: { code: string; message: string; id: string | undefined }[];

beforeEach(async () => {
  broker = await connectBroker({ kind: 'memory', partitions: 1, log: silentLog });
  errors = [];
});
afterEach(() => broker.close());

const group = (options: Partial<ConsumerOptions> = {}): ConsumerOptions => ({
  group: 'g',
  onError: (error: StreamInferError, delivery: Delivery | null) =>
    errors.push({ code: error.code, message: error.message, id: delivery?.sourceId }),
  ...options,
});

async function publish(...values: unknown[]): Promise<void> {
  const producer = broker.createProducer('in', { serialize: toJson });
  await producer.sendAll(values.map((value) => ({ value })));
  await producer.close();
}

/** How many messages the group has not settled. */
async function lagOf(consumer: Consumer): Promise<number> {
  return (await consumer.lag()).reduce((sum, { messages }) => sum + messages, 0);
}

async function letters(count: number): Promise<Delivery[]> {
  const found: Delivery[] = [];
  const reader = broker.createConsumer('in.dlq', { group: null }, (message) => {
    found.push(message.delivery);
  });
  await eventually(() => found.length >= count);
  await reader.close();
  return found;
}

function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  return until(condition, PATIENCE, () => JSON.stringify(errors));
}

function never(): Promise<void> {
  return new Promise(() => undefined);
}

describe('automatic settling', () => {
  it('gives the typed value, key, headers and id to the handler, in order', async () => {
    const seen: [number, string | null, string | undefined, string][] = [];
    const producer = broker.createProducer('in', { serialize: toJson<{ n: number }> });
    for (const n of [1, 2, 3]) await producer.send({ n }, { key: `k${n}`, headers: { Tag: `t${n}` } });
    const parse = (value: unknown): { n: number } => value as { n: number };
    broker.createConsumer(
      'in',
      { ...group(), deserialize: fromJson(parse) },
      ({ value, key, header, id }) => {
        seen.push([value.n, key, header('tag'), id]);
      },
    );
    await eventually(() => seen.length === 3);
    expect(seen).toEqual([
      [1, 'k1', 't1', 'in/0/0'],
      [2, 'k2', 't2', 'in/0/1'],
      [3, 'k3', 't3', 'in/0/2'],
    ]);
  });

  it('leaves a message unsettled while its handler runs, and settled after it', async () => {
    let finish: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (finish = resolve));
    let begun = false;
    const consumer = broker.createConsumer('in', group(), async () => {
      begun = true;
      await running;
    });
    await publish('a');
    await eventually(() => begun);
    expect(await lagOf(consumer)).toBe(1);
    finish();
    await eventually(async () => (await lagOf(consumer)) === 0);
    expect(errors).toEqual([]);
  });

  it('retries a handler that throws, and continues when it succeeds', async () => {
    const attempts: number[] = [];
    const consumer = broker.createConsumer('in', group(), async ({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
    });
    await publish('a');
    await eventually(async () => attempts.length === 3 && (await lagOf(consumer)) === 0);
    expect(attempts).toEqual([1, 2, 3]);
    expect(errors.map(({ code, id }) => [code, id])).toEqual([
      ['HANDLER_FAILED', 'in/0/0'],
      ['HANDLER_FAILED', 'in/0/0'],
    ]);
    expect(errors[0]?.message).toBe('the handler failed at in/0/0: not yet');
  });

  it('makes a dead letter of a message whose handler always throws, and continues with the next', async () => {
    const seen: string[] = [];
    const consumer = broker.createConsumer('in', group({ attempts: 2 }), ({ value }) => {
      seen.push(value.toString());
      if (value.toString() === '"bad"') throw new TypeError('no such thing');
    });
    await publish('bad', 'good');
    await eventually(async () => (await lagOf(consumer)) === 0);
    expect(seen).toEqual(['"bad"', '"bad"', '"good"']);
    const [letter] = await letters(1);
    expect(letter?.value?.toString()).toBe('"bad"');
    expect(Object.fromEntries(letter?.headers ?? [])).toMatchObject({
      'error-code': 'HANDLER_FAILED',
      'error-message': 'the handler failed at in/0/0: no such thing',
      'error-stage': 'handler',
      attempts: '2',
      'source-id': 'in/0/0',
    });
  });

  it('names a handler that hangs, aborts its signal, and makes a dead letter in the end', async () => {
    const signals: AbortSignal[] = [];
    const options = group({ attempts: 2, handlerTimeoutMs: 50 });
    const consumer = broker.createConsumer('in', options, ({ signal }) => {
      signals.push(signal);
      return never();
    });
    await publish('a');
    await eventually(async () => (await lagOf(consumer)) === 0);
    expect(errors.map(({ code }) => code)).toEqual(['HANDLER_TIMEOUT', 'HANDLER_TIMEOUT']);
    expect(errors[0]?.message).toBe('the handler did not finish in/0/0 within 50 ms');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(Object.fromEntries((await letters(1))[0]?.headers ?? [])['error-code']).toBe('HANDLER_TIMEOUT');
  });

  it('makes a dead letter of what cannot be deserialized at once, with its code', async () => {
    let handled = 0;
    const consumer = broker.createConsumer('in', { ...group(), deserialize: fromJson() }, () => {
      handled++;
    });
    const raw = broker.createProducer('in');
    await raw.send('{ no json');
    await eventually(async () => (await lagOf(consumer)) === 0);
    expect(handled).toBe(0);
    expect(errors.map(({ code }) => code)).toEqual(['DESERIALIZE_FAILED']);
    expect(Object.fromEntries((await letters(1))[0]?.headers ?? [])).toMatchObject({
      'error-code': 'DESERIALIZE_FAILED',
      'error-stage': 'deserialize',
      attempts: '1',
    });
  });

  it('makes a dead letter of a value at which a deserializer hangs, and continues with the next', async () => {
    const seen: unknown[] = [];
    const deserialize = (bytes: Buffer): unknown =>
      bytes.toString() === '"a"' ? never() : Promise.resolve(bytes.toString());
    broker.createConsumer('in', { ...group({ handlerTimeoutMs: 100 }), deserialize }, ({ value }) => {
      seen.push(value);
    });
    await publish('a', 'b');
    const [letter] = await letters(1);
    expect(letter?.headers).toContainEqual(['error-code', 'DESERIALIZE_FAILED']);
    await eventually(() => seen.length === 1);
    expect(errors[0]?.message).toBe('the deserializer failed at in/0/0: it did not finish within 100 ms');
  });

  it('without a dead-letter topic stops at a message that it cannot handle, which the next consumer gets', async () => {
    const consumer = broker.createConsumer('in', group({ attempts: 1, deadLetterTopic: null }), () => {
      throw new Error('cannot');
    });
    await publish('a', 'b');
    await expect(consumer.done).rejects.toMatchObject({ code: 'HANDLER_FAILED' });
    expect(consumer.status().state).toBe('closed');
    const seen: string[] = [];
    broker.createConsumer('in', group(), ({ id }) => {
      seen.push(id);
    });
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['in/0/0', 'in/0/1']);
  });

  it('reports a message of a lost partition while its handler ran; it is redelivered', async () => {
    await broker.close();
    broker = await connectBroker({ kind: 'memory', partitions: 1, redeliverAfterMs: 200, log: silentLog });
    let calls = 0;
    broker.createConsumer('in', group(), async () => {
      if (++calls === 1) await new Promise((resolve) => setTimeout(resolve, 400));
    });
    await publish('a');
    // On a busy machine the second one may take too long as well.
    await eventually(() => calls >= 2);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['DELIVERY_LOST']));
  });

  it('runs `concurrency` handlers at a time, and handlers of one key in order', async () => {
    let running = 0;
    let most = 0;
    const order: string[] = [];
    broker.createConsumer('in', group({ concurrency: 3 }), async ({ key, value }) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 10));
      running--;
      order.push(`${key}${value.toString()}`);
    });
    const producer = broker.createProducer('in', { serialize: toJson<number> });
    await producer.sendAll(
      [1, 2, 3, 4].flatMap((value) => ['a', 'b', 'c', 'd'].map((key) => ({ value, key }))),
    );
    await eventually(() => order.length === 16);
    expect(most).toBe(3);
    for (const key of ['a', 'b', 'c', 'd'])
      expect(order.filter((one) => one.startsWith(key))).toEqual([1, 2, 3, 4].map((n) => `${key}${n}`));
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('and again');
      },
    ],
    ['rejects', () => Promise.reject(new Error('and again'))],
  ])('reports an onError that %s itself, and continues', async (_how, onError: () => void) => {
    const told: string[] = [];
    await broker.close();
    const log = { ...silentLog, error: (_fields: object, message: string) => void told.push(message) };
    broker = await connectBroker({ kind: 'memory', partitions: 1, log });
    const consumer = broker.createConsumer('in', { group: 'g', attempts: 1, onError }, () => {
      throw new Error('once');
    });
    await publish('a');
    await eventually(async () => (await lagOf(consumer)) === 0);
    await eventually(() => told.length > 0);
    expect(told).toEqual(['onError threw; continuing']);
  });
});

describe('manual settling', () => {
  it('keeps a message until it is settled, also after the handler has returned', async () => {
    const held: ManualMessage<Buffer>[] = [];
    const consumer = broker.createConsumer('in', { ...group(), settle: 'manual' }, (message) => {
      held.push(message);
    });
    await publish('a', 'b', 'c');
    await eventually(() => held.length === 3);
    expect(await lagOf(consumer)).toBe(3);
    for (const message of held) message.settle();
    await eventually(async () => (await lagOf(consumer)) === 0);
    expect(errors).toEqual([]);
  });

  it('holds many messages without a warning of leaking listeners', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const held: ManualMessage<Buffer>[] = [];
    broker.createConsumer('in', { ...group(), settle: 'manual' }, (message) => {
      held.push(message);
    });
    await publish(...Array.from({ length: 30 }, (_, i) => i));
    await eventually(() => held.length === 30);
    for (const message of held) message.settle();
    // Warnings come with the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('names a handler that settles twice, and does not try the message again', async () => {
    let calls = 0;
    const consumer = broker.createConsumer('in', { ...group(), settle: 'manual' }, (message) => {
      calls++;
      message.settle();
      message.settle();
    });
    await publish('a');
    await eventually(async () => (await lagOf(consumer)) === 0);
    expect(errors).toEqual([
      { code: 'ALREADY_SETTLED', message: 'in/0/0 was already settled or rejected', id: 'in/0/0' },
    ]);
    expect(calls).toBe(1);
  });

  it('tries a rejected message again', async () => {
    const attempts: number[] = [];
    const consumer = broker.createConsumer('in', { ...group(), settle: 'manual' }, (message) => {
      attempts.push(message.attempt);
      if (message.attempt === 1) message.reject(new Error('later'));
      else message.settle();
    });
    await publish('a');
    await eventually(async () => attempts.length === 2 && (await lagOf(consumer)) === 0);
    expect(errors.map(({ message }) => message)).toEqual(['the handler failed at in/0/0: later']);
  });

  it('names a message that is never settled, and settling it after that', async () => {
    const held: ManualMessage<Buffer>[] = [];
    const options = group({ attempts: 1, handlerTimeoutMs: 50 });
    const consumer = broker.createConsumer('in', { ...options, settle: 'manual' }, (message) => {
      held.push(message);
    });
    await publish('a');
    await eventually(async () => (await lagOf(consumer)) === 0);
    expect(() => held[0]?.settle()).toThrow(expect.objectContaining({ code: 'DELIVERY_LOST' }) as Error);
    expect(errors.map(({ code }) => code)).toEqual(['HANDLER_TIMEOUT', 'DELIVERY_LOST']);
  });

  it('refuses to settle what the consumer gave up when it was closed; the next one gets it', async () => {
    const held: ManualMessage<Buffer>[] = [];
    const options = group({ drainTimeoutMs: 20 });
    const consumer = broker.createConsumer('in', { ...options, settle: 'manual' }, (message) => {
      held.push(message);
    });
    await publish('a');
    await eventually(() => held.length === 1);
    await consumer.close();
    expect(() => held[0]?.settle()).toThrow(expect.objectContaining({ code: 'DELIVERY_LOST' }) as Error);
    const again: string[] = [];
    broker.createConsumer('in', group(), ({ id }) => {
      again.push(id);
    });
    await eventually(() => again.length === 1);
    expect(again).toEqual(['in/0/0']);
  });
});

describe('closing', () => {
  it('waits for the handler that runs and leaves the rest to the next consumer', async () => {
    let finish: () => void = () => undefined;
    const first: string[] = [];
    const consumer = broker.createConsumer('in', group(), async ({ id }) => {
      first.push(id);
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await publish('a', 'b');
    await eventually(() => first.length === 1);
    const closed = consumer.close();
    finish();
    await closed;
    await consumer.done;
    const second: string[] = [];
    broker.createConsumer('in', group(), ({ id }) => {
      second.push(id);
    });
    await eventually(() => second.length === 1);
    expect([first, second]).toEqual([['in/0/0'], ['in/0/1']]);
  });

  it('gives up a handler that hangs when its budget is over', async () => {
    let aborted = false;
    const consumer = broker.createConsumer('in', group({ drainTimeoutMs: 50 }), ({ signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      return never();
    });
    await publish('a');
    await eventually(async () => (await lagOf(consumer)) === 1);
    await consumer.close();
    expect(errors.map(({ code }) => code)).toEqual(['DELIVERY_LOST']);
    expect(aborted).toBe(true);
  });

  it('gives up a deserializer that hangs when its budget is over, and leaves its message', async () => {
    const started: string[] = [];
    const deserialize = (bytes: Buffer): Promise<void> => {
      started.push(bytes.toString());
      return never();
    };
    const consumer = broker.createConsumer(
      'in',
      { ...group({ drainTimeoutMs: 50 }), deserialize },
      () => undefined,
    );
    await publish('a');
    await eventually(() => started.length === 1);
    await consumer.close();
    expect(errors.map(({ code }) => code)).toEqual(['DELIVERY_LOST']);
    const next = broker.createConsumer('in', group(), never);
    await eventually(async () => (await lagOf(next)) === 1);
  });

  it('leaves no timer of a deserializer that hangs', async () => {
    const set = jest.spyOn(globalThis, 'setTimeout');
    const cleared = jest.spyOn(globalThis, 'clearTimeout');
    const handlerTimeoutMs = 45_000;
    const limit = (): unknown =>
      set.mock.results.find((_, i) => set.mock.calls[i]?.[1] === handlerTimeoutMs)?.value;
    const options = { ...group({ drainTimeoutMs: 50, handlerTimeoutMs }), deserialize: never };
    const consumer = broker.createConsumer('in', options, () => undefined);
    await publish('a');
    await eventually(() => limit() !== undefined);
    await consumer.close();
    expect(cleared.mock.calls.some(([timer]) => timer === limit())).toBe(true);
    set.mockRestore();
    cleared.mockRestore();
  });

  it('may be asked for inside a handler', async () => {
    const consumer: Consumer = broker.createConsumer('in', group(), () => {
      void consumer.close();
    });
    await publish('a');
    await consumer.done;
    expect(errors).toEqual([]);
  });
});

describe('values that have no text', () => {
  class Unspeakable {
    get message(): string {
      throw new Error('not even this');
    }
  }
  const unspeakable: readonly (readonly [string, unknown])[] = [
    ['an object without a prototype', Object.create(null)],
    ['a getter that throws', new Unspeakable()],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
          has: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ];

  it.each(unspeakable)('may be thrown all the same: %s', async (_what, thrown) => {
    broker.createConsumer('in', group({ attempts: 1 }), () => {
      throw thrown;
    });
    await publish('a');
    const [letter] = await letters(1);
    expect(letter?.headers).toContainEqual(['error-code', 'HANDLER_FAILED']);
    expect(errors[0]?.message).toBe('the handler failed at in/0/0: a value without a text (object)');
  });

  it('are cut in the dead letter when they are too long for a header', async () => {
    broker.createConsumer('in', group({ attempts: 1 }), () => {
      throw new Error('x'.repeat(3_000_000));
    });
    await publish('a');
    const [letter] = await letters(1);
    const message = letter?.headers.find(([name]) => name === 'error-message')?.[1];
    expect(message).toHaveLength(4096);
  });
});

describe('options', () => {
  it('that are wrong are all named', () => {
    const wrong = { group: 3, from: 'middle', concurrency: 0 } as unknown as { group: string };
    expect(() => broker.createConsumer('in', wrong, () => undefined)).toThrow(
      /invalid options for createConsumer[^]*group[^]*from[^]*concurrency/,
    );
  });

  it('without a handler are refused, before every message becomes a dead letter', () => {
    expect(() => broker.createConsumer('in', group(), undefined as never)).toThrow(
      /invalid options for createConsumer:\n {2}handler: expected a function/,
    );
  });

  it('are refused when dead letters would go to the topic that they come from', () => {
    const looping = group({ deadLetterTopic: 'in' });
    expect(() => broker.createConsumer('in', looping, () => undefined)).toThrow(
      /deadLetterTopic: must differ from the topic/,
    );
  });

  it('name the known brokers when a broker is unknown', async () => {
    await expect(connectBroker({ kind: 'rabbit' as 'memory' })).rejects.toMatchObject({
      code: 'UNKNOWN_BROKER',
      message: expect.stringContaining('memory, kafka, pubsub, adapter') as string,
    });
    const misspelt = { kind: 'kafka', bootstrapserver: 'x' } as unknown as { kind: 'kafka' };
    await expect(connectBroker(misspelt)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
