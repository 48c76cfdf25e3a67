import { listDeadLetters } from '../../src/dead-letters/list-dead-letters';
import { redriveDeadLetters, type RedriveOptions } from '../../src/dead-letters/redrive';
import { createMemoryBroker } from '../../src/brokers/memory/broker';
import { encodeDeadLetter } from '../../src/codec/dead-letter';
import { StreamInferError, type RejectionCode } from '../../src/core/errors';
import type { Delivery, Header } from '../../src/core/message';
import type { Broker, MessageSink } from '../../src/core/ports';
import type { TopicScan } from '../../src/core/topic-scan';
import { silentContext } from '../helpers/broker-context';
import { makeDelivery } from '../helpers/deliveries';

const DLQ = 'images.dlq';
const IMAGES = { topic: 'images', names: ['images'] };
const { signal } = new AbortController();
let broker: Broker;
let sink: MessageSink;

beforeEach(async () => {
  broker = createMemoryBroker({ partitions: 2, retention: 5_000, redeliverAfterMs: 60_000 }, silentContext());
  sink = broker.createSink();
  await sink.open(signal);
});
afterEach(() => broker.close());

interface Failed {
  readonly code?: RejectionCode;
  readonly bytes?: number;
  readonly headers?: readonly Header[];
  readonly topic?: string;
}

async function fail(offset: number, { code = 'CORRUPT', bytes = 10, headers = [], topic }: Failed = {}) {
  const origin = topic === undefined ? {} : { origin: { ...makeDelivery(offset).origin, topic } };
  const delivery = makeDelivery(offset, { value: Buffer.alloc(bytes, offset), headers, ...origin });
  const rejection = { code, message: 'no good', stage: 'decode', attempts: 1 } as const;
  const context = { model: null, maxValueBytes: 100_000 };
  await sink.publish(DLQ, [encodeDeadLetter({ kind: 'dead letter', delivery, rejection }, context)]);
}

async function withScan<T>(memory: string | null, work: (scan: TopicScan) => Promise<T>): Promise<T> {
  const scan = broker.createScan({ topic: DLQ, memory, subscription: '' });
  await scan.open(signal);
  try {
    return await work(scan);
  } finally {
    await scan.close();
  }
}

async function redrive(changes: Partial<RedriveOptions> = {}) {
  const skipped: string[] = [];
  const report = await withScan('redrive', (scan) =>
    redriveDeadLetters({
      scan,
      sink,
      dlq: DLQ,
      input: IMAGES,
      wanted: () => true,
      limit: Infinity,
      dryRun: false,
      force: false,
      signal,
      onSkipped: ({ sourceId }, { code }) => void skipped.push(`${sourceId} ${code}`),
      ...changes,
    }),
  );
  return { ...report, skippedIds: skipped };
}

/** The current messages of a topic. */
async function contents(topic: string): Promise<Delivery[]> {
  const scan = broker.createScan({ topic, memory: null, subscription: '' });
  await scan.open(signal);
  return [...(await scan.next(signal))];
}

async function list(changes: Partial<Parameters<typeof listDeadLetters>[0]> = {}) {
  return await withScan(null, (scan) =>
    listDeadLetters({ scan, from: 'earliest', limit: 100, signal, ...changes }),
  );
}

describe('redriving', () => {
  it('publishes each original once, even if repeated', async () => {
    for (let offset = 0; offset < 5; offset++) await fail(offset);
    expect(await redrive()).toMatchObject({ redriven: 5, skipped: 0 });
    expect(await redrive()).toMatchObject({ redriven: 0, skipped: 0 });
    expect(await contents('images')).toHaveLength(5);
    expect((await list()).deadLetters).toHaveLength(5);
  });

  it('redrives one, then some, then the remaining ones', async () => {
    for (let offset = 0; offset < 6; offset++) await fail(offset, { code: offset % 2 ? 'CORRUPT' : 'EMPTY' });
    expect(await redrive({ wanted: ({ sourceId }) => sourceId === 'images/0/3' })).toMatchObject({
      redriven: 1,
    });
    expect(await redrive({ wanted: ({ code }) => code === 'EMPTY', limit: 2 })).toMatchObject({
      redriven: 2,
    });
    expect(await redrive()).toMatchObject({ redriven: 3 });
    expect(new Set((await contents('images')).map(({ value }) => value?.[0])).size).toBe(6);
  });

  it('skips dead letters that fail again during the redrive, even if the scan finds them', async () => {
    await fail(1);
    await fail(2, { headers: [['id', 'mine']] });
    const again: readonly Failed[] = ['images/0/1', 'mine'].map((id) => ({
      headers: [
        ['redrive-count', '1'],
        ['id', id],
      ],
    }));
    const report = await withScan('redrive', async (scan) => {
      const blurred: TopicScan = {
        open: (until) => scan.open(until),
        bounds: scan.bounds,
        next: async (until) => {
          const found = await scan.next(until);
          if (found.length > 0 || (await list()).deadLetters.length > 2) return found;
          for (const [i, failed] of again.entries()) await fail(11 + i, failed);
          await scan.open(until);
          return await scan.next(until);
        },
        settle: (deliveries) => scan.settle(deliveries),
        close: () => scan.close(),
      };
      const all = {
        dlq: DLQ,
        input: IMAGES,
        wanted: () => true,
        limit: Infinity,
        dryRun: false,
        force: false,
      };
      return await redriveDeadLetters({ scan: blurred, sink, signal, ...all });
    });
    expect(report).toMatchObject({ redriven: 2, skipped: 0 });
    expect(await redrive()).toMatchObject({ redriven: 2 });
  });

  it('publishes nothing in a dry run', async () => {
    await fail(1);
    expect(await redrive({ dryRun: true })).toMatchObject({ redriven: 1 });
    expect(await contents('images')).toEqual([]);
    expect(await redrive()).toMatchObject({ redriven: 1 });
  });

  it('skips truncated, repeatedly failed and circular dead letters, and finds them in the next run', async () => {
    await fail(1, { bytes: 100_001 });
    await fail(2, { headers: [['redrive-count', '3']] });
    await fail(3, { topic: DLQ });
    for (const _ of [1, 2]) {
      expect((await redrive()).skippedIds.sort()).toEqual([
        'images/0/1 LETTER_INCOMPLETE',
        'images/0/2 REDRIVEN_TOO_OFTEN',
        'images/0/3 BAD_REQUEST',
      ]);
    }
    expect(await redrive({ force: true, to: 'elsewhere' })).toMatchObject({ redriven: 2, skipped: 1 });
    expect(await contents('elsewhere')).toHaveLength(2);
  });

  it('publishes only to the input topic, regardless of headers, unless another topic is given', async () => {
    await fail(1);
    await fail(2, { topic: 'payments' });
    expect(await redrive()).toMatchObject({ redriven: 1, skippedIds: ['images/0/2 BAD_REQUEST'] });
    expect(await contents('payments')).toEqual([]);
    expect(await contents('images')).toHaveLength(1);
    expect(await redrive({ to: 'payments' })).toMatchObject({ redriven: 1, skipped: 0 });
    expect(await contents('payments')).toHaveLength(1);
  });

  it('publishes dead letters of the configured topic to the topic of the subscription', async () => {
    await fail(1);
    await fail(2, { topic: 'uploads' });
    const input = { topic: 'uploads', names: ['uploads', 'images'] };
    expect(await redrive({ input })).toMatchObject({ redriven: 2, skipped: 0 });
    expect(await contents('uploads')).toHaveLength(2);
    expect(await contents('images')).toEqual([]);
  });

  it('publishes a duplicated dead letter once, and skips other messages', async () => {
    await fail(1);
    await fail(1);
    await sink.publish(DLQ, [{ key: null, value: Buffer.from('a note'), headers: [] }]);
    expect(await redrive()).toMatchObject({ redriven: 1, duplicates: 1, foreign: 1 });
    expect(await redrive()).toMatchObject({ redriven: 0, duplicates: 0, foreign: 1 });
  });

  it('does not repeat confirmed dead letters after a later publish failed', async () => {
    for (let offset = 0; offset < 2; offset++) await fail(offset);
    const failing: MessageSink = {
      ...sink,
      publish: async (topic, messages) => {
        if ((await contents(topic)).length > 0) throw new StreamInferError('TOPIC_MISSING', 'no such topic');
        return await sink.publish(topic, messages);
      },
    };
    await withScan('redrive', async (scan) => {
      // One dead letter in each chunk.
      const left: Delivery[] = [];
      const slow: TopicScan = {
        open: (until) => scan.open(until),
        bounds: scan.bounds,
        next: async (until) => {
          if (left.length === 0) left.push(...(await scan.next(until)));
          return left.splice(0, 1);
        },
        settle: (deliveries) => scan.settle(deliveries),
        close: () => scan.close(),
      };
      const all = {
        dlq: DLQ,
        input: IMAGES,
        wanted: () => true,
        limit: Infinity,
        dryRun: false,
        force: false,
      };
      const redriving = redriveDeadLetters({ scan: slow, sink: failing, signal, ...all });
      await expect(redriving).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    });
    expect(await redrive()).toMatchObject({ redriven: 1 });
    expect(await contents('images')).toHaveLength(2);
  });

  it('keeps a dead letter that the broker refuses as too large', async () => {
    await fail(1);
    const picky: MessageSink = { ...sink, publish: async () => [{ index: 0, reason: 'larger than 1 byte' }] };
    expect((await redrive({ sink: picky })).skippedIds).toEqual(['images/0/1 TOO_LARGE_BYTES']);
    expect(await redrive()).toMatchObject({ redriven: 1 });
  });
});

describe('listing', () => {
  it('is oldest or newest first, reports whether there are more, and filters by code', async () => {
    for (let offset = 0; offset < 6; offset++) await fail(offset, { code: offset % 2 ? 'CORRUPT' : 'EMPTY' });
    const all = await list();
    expect([all.deadLetters.length, all.more]).toEqual([6, false]);
    const some = await list({ limit: 4 });
    expect([some.deadLetters.length, some.more]).toEqual([4, true]);
    const newest = await list({ from: 'latest' });
    const times = newest.deadLetters.map(({ failedAt }) => failedAt);
    expect(times).toEqual([...times].sort().reverse());
    expect((await list({ code: 'EMPTY' })).deadLetters.map(({ code }) => code)).toEqual(
      Array(3).fill('EMPTY'),
    );
  });

  it('shows headers as text and the position of the dead letter, but never its bytes', async () => {
    await fail(7, { headers: [['mine', Buffer.from('x')]] });
    const [deadLetter] = (await list()).deadLetters;
    expect(deadLetter).toMatchObject({
      headers: [['mine', 'x']],
      valueBytes: 10,
      key: null,
      at: { topic: DLQ },
    });
    expect(deadLetter).not.toHaveProperty('original');
  });
});
