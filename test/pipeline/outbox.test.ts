import { getEventListeners } from 'node:events';
import { StreamInferError } from '../../src/core/errors';
import type { Delivery, OutgoingMessage } from '../../src/core/message';
import { AtLeastOnceOutbox } from '../../src/pipeline/outbox';
import type { Log, MessageSink, RefusedMessage } from '../../src/core/ports';
import type { Outcome } from '../../src/core/prediction';
import type { RoutePrediction } from '../../src/core/route';
import { makeDelivery } from '../helpers/deliveries';
import { silentLog } from '../helpers/log';
import { MODEL } from '../helpers/services';

type Publish = (topic: string, messages: readonly OutgoingMessage[]) => Promise<readonly RefusedMessage[]>;

function makeOutbox(
  publish: Publish,
  signal = new AbortController().signal,
  log: Log = silentLog,
  route?: RoutePrediction,
) {
  const settled: Delivery[] = [];
  const sink: MessageSink = {
    open: async () => undefined,
    publish,
    status: () => ({ state: 'up' }),
    flush: async () => undefined,
    close: async () => undefined,
  };
  const outbox = new AtLeastOnceOutbox({
    sink,
    source: { settle: (deliveries) => void settled.push(...deliveries) },
    topics: { output: 'predictions', dlq: 'images.dlq' },
    route,
    encode: {
      encode: ({ kind, delivery }) => ({
        key: null,
        value: Buffer.from(`${kind} ${delivery.sourceId}`),
        headers: [],
      }),
      encodeShrunk: ({ delivery }) => ({
        key: null,
        value: Buffer.from(`shrunk ${delivery.sourceId}`),
        headers: [],
      }),
    },
    log,
    signal,
  });
  return { outbox, settled };
}

const rejection = { code: 'EMPTY', message: 'empty', stage: 'admission', attempts: 1 } as const;
const letter = (offset: number): Outcome => ({
  kind: 'dead letter',
  delivery: makeDelivery(offset),
  rejection,
});
const prediction = (offset: number) =>
  ({ kind: 'prediction', delivery: makeDelivery(offset), prediction: { model: MODEL } }) as Outcome;

describe('the at-least-once outbox', () => {
  it('settles only after the broker has confirmed', async () => {
    let confirm: () => void = () => undefined;
    const { outbox, settled } = makeOutbox(() => new Promise((resolve) => (confirm = () => resolve([]))));
    const delivered = outbox.deliver([prediction(1)]);
    await Promise.resolve();
    expect(settled).toEqual([]);
    confirm();
    await delivered;
    expect(settled.map(({ sourceId }) => sourceId)).toEqual(['images/0/1']);
  });

  it('sends predictions and dead letters each to their topic', async () => {
    const sent: string[] = [];
    const { outbox } = makeOutbox(async (topic, messages) => {
      sent.push(...messages.map(({ value }) => `${topic}: ${String(value)}`));
      return [];
    });
    await outbox.deliver([prediction(1), letter(2)]);
    expect(sent).toEqual(['predictions: prediction images/0/1', 'images.dlq: dead letter images/0/2']);
  });

  it('tries again until the broker confirms, is stalled meanwhile, and makes no dead letter of it', async () => {
    const topics: string[] = [];
    const { outbox, settled } = makeOutbox(async (topic) => {
      topics.push(topic);
      if (topics.length < 3) throw new StreamInferError('PUBLISH_FAILED', 'no broker');
      return [];
    });
    const delivered = outbox.deliver([prediction(1)]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(outbox.stalled).toBe(true);
    expect(settled).toEqual([]);
    await delivered;
    expect(outbox.stalled).toBe(false);
    expect(topics).toEqual(['predictions', 'predictions', 'predictions']);
    expect(settled).toHaveLength(1);
  });

  it('waits once and is logged once, for any number of batches in an outage', async () => {
    const lines: string[] = [];
    const log: Log = {
      ...silentLog,
      warn: (_, text) => void lines.push(text),
      info: (_, text) => void lines.push(text),
    };
    const stop = new AbortController();
    let down = true;
    const publish: Publish = async () => {
      if (down) throw new StreamInferError('PUBLISH_FAILED', 'no broker');
      return [];
    };
    const { outbox, settled } = makeOutbox(publish, stop.signal, log);
    const delivered = Array.from({ length: 40 }, (_, i) => outbox.deliver([prediction(i)]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    expect(lines).toEqual([expect.stringContaining('not confirmed')]);
    down = false;
    await Promise.all(delivered);
    expect(settled).toHaveLength(40);
    expect(lines.slice(1)).toEqual([expect.stringContaining('works again')]);
  });

  it('is stalled while one of its topics accepts nothing, and logs that once', async () => {
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (_, text) => void lines.push(text) };
    const stop = new AbortController();
    const publish: Publish = async (topic) => {
      if (topic === 'images.dlq') throw new StreamInferError('TOPIC_MISSING', 'no such topic');
      return [];
    };
    const { outbox } = makeOutbox(publish, stop.signal, log);
    const held = outbox.deliver([letter(1)]);
    for (let i = 2; i < 10; i++) {
      await outbox.deliver([prediction(i)]);
      void outbox.deliver([letter(100 + i)]).catch(() => undefined);
    }
    expect(outbox.stalled).toBe(true);
    expect(lines).toHaveLength(1);
    stop.abort();
    await expect(held).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('rejects when its signal aborts, with nothing settled', async () => {
    const stop = new AbortController();
    const { outbox, settled } = makeOutbox(async () => Promise.reject(new Error('no broker')), stop.signal);
    const delivered = outbox.deliver([prediction(1)]);
    setTimeout(() => stop.abort(), 20);
    await expect(delivered).rejects.toMatchObject({ code: 'ABORTED' });
    expect(settled).toEqual([]);
  });

  it('turns a prediction that the broker refuses into a dead letter, and shrinks a dead letter that it refuses', async () => {
    const sent: string[] = [];
    const { outbox, settled } = makeOutbox(async (_topic, messages) => {
      sent.push(...messages.map(({ value }) => String(value)));
      return messages.flatMap(({ value }, index) =>
        String(value).startsWith('shrunk') ? [] : [{ index, reason: 'too large' }],
      );
    });
    await outbox.deliver([prediction(1)]);
    expect(sent).toEqual(['prediction images/0/1', 'dead letter images/0/1', 'shrunk images/0/1']);
    expect(settled).toHaveLength(1);
  });
});

describe('the at-least-once outbox with routes', () => {
  /** By offset: 0 to nowhere, 1 to one topic, 2 to two. */
  const route: RoutePrediction = ({ delivery }) =>
    ['first', 'second'].slice(0, Number(delivery.origin.offset));
  const routed = (publish: Publish) => makeOutbox(publish, undefined, undefined, route);

  it('publishes to every topic, and settles when all have confirmed', async () => {
    const sent: string[] = [];
    const confirm = new Map<string, () => void>();
    const { outbox, settled } = routed(async (topic, messages) => {
      sent.push(...messages.map(({ value }) => `${topic}: ${String(value)}`));
      await new Promise<void>((resolve) => confirm.set(topic, resolve));
      return [];
    });
    const delivered = outbox.deliver([prediction(0), prediction(1), prediction(2), letter(3)]);
    await Promise.resolve();
    expect(sent).toEqual([
      'first: prediction images/0/1',
      'first: prediction images/0/2',
      'second: prediction images/0/2',
      'images.dlq: dead letter images/0/3',
    ]);
    confirm.get('first')?.();
    confirm.get('images.dlq')?.();
    await new Promise(setImmediate);
    expect(settled).toEqual([]);
    confirm.get('second')?.();
    expect(await delivered).toHaveLength(4);
    expect(settled).toHaveLength(4);
  });

  it('settles predictions that go nowhere without publishing', async () => {
    const { outbox, settled } = routed(async () => {
      throw new Error('nothing is published');
    });
    await outbox.deliver([prediction(0)]);
    expect(settled).toHaveLength(1);
  });

  it('makes one dead letter of a prediction that two topics refuse as too large', async () => {
    const sent: string[] = [];
    const { outbox } = routed(async (topic, messages) => {
      sent.push(...messages.map(({ value }) => `${topic}: ${String(value)}`));
      return topic === 'images.dlq' ? [] : [{ index: 0, reason: 'too large' }];
    });
    await outbox.deliver([prediction(2)]);
    expect(sent.filter((one) => one.startsWith('images.dlq'))).toEqual([
      'images.dlq: dead letter images/0/2',
    ]);
  });
});
