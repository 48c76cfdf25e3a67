import type { InputTopic } from '../../src/dead-letters/input-topic';
import { DeadLetterService } from '../../src/dead-letters/dead-letter-service';
import { noSharedHistory, type RedriveHistory } from '../../src/dead-letters/redrive-history';
import type { MessageSink } from '../../src/core/ports';
import { DeadLetterRing } from '../../src/results/dead-letter-ring';
import { makeDelivery } from '../helpers/deliveries';

const IMAGES = { topic: 'images', names: ['images'] };

function kept(
  sink: Partial<MessageSink> | null,
  history: RedriveHistory = noSharedHistory,
  input: InputTopic | Error = IMAGES,
): DeadLetterService {
  const ring = new DeadLetterRing(() => null);
  const rejection = { code: 'CORRUPT', message: 'x', stage: 'decode', attempts: 1 } as const;
  ring.onOutcomes(
    Array.from({ length: 250 }, (_, i) => ({
      kind: 'dead letter' as const,
      delivery: makeDelivery(i),
      rejection,
    })),
  );
  const whole = sink === null ? null : ({ status: () => ({ state: 'up' }), ...sink } as MessageSink);
  return new DeadLetterService({
    ring,
    input: () => (input instanceof Error ? Promise.reject(input) : Promise.resolve(input)),
    sink: () => whole,
    history,
  });
}

describe('redriving from the memory of this process', () => {
  it.each([
    ['before the broker is connected', null],
    ['while it is disconnected', { status: () => ({ state: 'down' as const }) }],
  ])('is not possible %s, and marks no dead letter', async (_name, sink) => {
    const deadLetters = kept(sink);
    await expect(deadLetters.redrive('images/0/1', false)).rejects.toMatchObject({ code: 'NOT_READY' });
    await expect(deadLetters.redriveSome({ force: false })).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(deadLetters.list({ limit: 999 }).every(({ redrivenAt }) => redrivenAt === null)).toBe(true);
  });

  it('publishes to the input topic, and refuses dead letters from another topic', async () => {
    const topics: string[] = [];
    const sink = { publish: async (topic: string) => (topics.push(topic), []) };
    const input = { topic: 'uploads', names: ['uploads', 'images'] };
    const deadLetters = kept(sink, noSharedHistory, input);
    await deadLetters.redrive('images/0/1', false);
    expect(topics).toEqual(['uploads']);

    const others = kept(sink, noSharedHistory, { topic: 'uploads', names: ['uploads'] });
    await expect(others.redrive('images/0/1', false)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(/came from images, not from the input topic uploads/) as string,
    });
    expect((await others.redriveSome({ force: false })).skipped).toHaveLength(250);
    expect(others.list({ limit: 999 }).every(({ redrivenAt }) => redrivenAt === null)).toBe(true);
    expect(topics).toEqual(['uploads']);
  });

  it('publishes nothing if the broker does not report the input topic', async () => {
    const deadLetters = kept({ publish: async () => [] }, noSharedHistory, new Error('who knows'));
    await expect(deadLetters.redrive('images/0/1', false)).rejects.toThrow('who knows');
    expect(deadLetters.get('images/0/1')?.redrivenAt).toBeNull();
  });

  it('keeps dead letters that the broker refuses as too large', async () => {
    const deadLetters = kept({ publish: async () => [{ index: 0, reason: 'larger than 1 byte' }] });
    await expect(deadLetters.redrive('images/0/1', false)).rejects.toMatchObject({ code: 'TOO_LARGE_BYTES' });
    const { redriven, skipped } = await deadLetters.redriveSome({ force: false });
    // The first of each chunk of 100.
    expect(skipped.map(({ id }) => id)).toEqual(['images/0/0', 'images/0/100', 'images/0/200']);
    expect(redriven).toHaveLength(247);
    expect(deadLetters.get('images/0/100')?.redrivenAt).toBeNull();
  });

  it('keeps the marks of confirmed chunks when a later chunk fails', async () => {
    let chunks = 0;
    const deadLetters = kept({
      publish: async () => {
        if (++chunks === 2) throw new Error('gone');
        return [];
      },
    });
    await expect(deadLetters.redriveSome({ force: false })).rejects.toThrow('gone');
    expect(deadLetters.list({ limit: 999 }).filter(({ redrivenAt }) => redrivenAt !== null)).toHaveLength(
      100,
    );
    expect((await deadLetters.redriveSome({ force: false })).redriven).toHaveLength(150);
  });

  it('skips dead letters that the command has redriven, and records its own in the shared history', async () => {
    const settled: string[] = [];
    const published: number[] = [];
    const deadLetters = kept(
      {
        publish: async (_topic, messages) => {
          published.push(messages.length);
          return [];
        },
      },
      (_ids, work) =>
        work({ has: (id) => id !== 'images/0/7', settle: async (ids) => void settled.push(...ids) }),
    );
    await expect(deadLetters.redrive('images/0/7', false)).rejects.toMatchObject({
      code: 'ALREADY_REDRIVEN',
    });
    expect(published).toEqual([]);
    const { redriven, skipped } = await deadLetters.redriveSome({
      ids: ['images/0/6', 'images/0/7'],
      force: false,
    });
    expect(redriven).toEqual(['images/0/6']);
    expect(skipped).toMatchObject([{ id: 'images/0/7', code: 'ALREADY_REDRIVEN' }]);
    expect(settled).toEqual(['images/0/6']);
  });

  it('publishes and marks nothing if the redrive history is unavailable', async () => {
    const deadLetters = kept({ publish: () => Promise.reject(new Error('not this')) }, () =>
      Promise.reject(new Error('no answer')),
    );
    await expect(deadLetters.redriveSome({ force: false })).rejects.toThrow('no answer');
    expect(deadLetters.list({ limit: 999 }).every(({ redrivenAt }) => redrivenAt === null)).toBe(true);
  });

  it('names the place of the whole original if only its beginning is in memory', async () => {
    const ring = new DeadLetterRing(() => null);
    const delivery = makeDelivery(1, { value: Buffer.alloc(2 * 1024 * 1024) });
    const rejection = { code: 'CORRUPT', message: 'x', stage: 'decode', attempts: 1 } as const;
    ring.onOutcomes([{ kind: 'dead letter', delivery, rejection }]);
    const deadLetters = new DeadLetterService({
      ring,
      input: async () => IMAGES,
      sink: () => null,
      history: noSharedHistory,
    });
    await expect(deadLetters.redrive('images/0/1', false)).rejects.toMatchObject({
      code: 'LETTER_INCOMPLETE',
      message: expect.stringMatching(/2097152 bytes.*the command `dlq redrive`/) as string,
    });
  });
});
