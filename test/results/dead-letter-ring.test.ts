import type { DeadLetter } from '../../src/core/dead-letter';
import type { DeadLetterOutcome } from '../../src/core/prediction';
import { DeadLetterRing } from '../../src/results/dead-letter-ring';
import { makeDelivery } from '../helpers/deliveries';
import { createOutcome, MODEL } from '../helpers/services';

const LIMITS = { count: 5, bytes: 100_000, valueBytes: 70_000 };

function failed(offset: number, bytes = 100): DeadLetterOutcome {
  return {
    kind: 'dead letter',
    delivery: makeDelivery(offset, { value: Buffer.alloc(bytes, offset) }),
    rejection: { code: offset % 2 ? 'CORRUPT' : 'EMPTY', message: '', stage: 'decode', attempts: 1 },
  };
}

function filled(...outcomes: DeadLetterOutcome[]): DeadLetterRing {
  const ring = new DeadLetterRing(() => MODEL, LIMITS);
  ring.onOutcomes(outcomes);
  return ring;
}

const offsets = (ring: DeadLetterRing): (string | null)[] =>
  ring.list({ limit: 100 }).map(({ deadLetter }) => deadLetter.source.offset);

describe('the dead letters in memory', () => {
  it('are the latest ones, newest first, without predictions', () => {
    const ring = filled(...Array.from({ length: 8 }, (_, i) => failed(i)));
    ring.onOutcomes([createOutcome()]);
    expect(offsets(ring)).toEqual(['7', '6', '5', '4', '3']);
    expect(ring.get('images/0/2')).toBeUndefined();
    expect(ring.get('images/0/3')).toMatchObject({ seq: 4, deadLetter: { model: 'fashion-mnist@1' } });
  });

  it('are bounded in bytes', () => {
    const ring = filled(failed(1, 40_000), failed(2, 40_000), failed(3, 30_000));
    expect(offsets(ring)).toEqual(['3', '2']);
    expect(ring.bytes).toBe(70_000);
  });

  it('may also be read from the topic, and are bounded in the same way', () => {
    const before = filled(failed(1, 100), failed(2, 70_000));
    const ring = new DeadLetterRing(() => null, LIMITS);
    const deadLetters = before.list({ limit: 5 }).map(({ deadLetter }) => deadLetter);
    const [large, small] = deadLetters as [DeadLetter, DeadLetter];
    ring.add([small, { ...large, original: { ...large.original, value: Buffer.alloc(70_001) } }]);
    expect(offsets(ring)).toEqual(['2', '1']);
    expect(ring.get('images/0/1')?.deadLetter).toEqual(small);
    const cut = ring.get('images/0/2')?.deadLetter;
    expect([cut?.complete, cut?.original.value?.length]).toEqual([false, 64 * 1024]);
  });

  it('are incomplete if the value is above the limit', () => {
    const { deadLetter } = filled(failed(1, 70_001)).get('images/0/1')!;
    expect([deadLetter.complete, deadLetter.valueBytes]).toEqual([false, 70_001]);
  });

  it('are copies, because a value may be a view of a large buffer', () => {
    const outcome = failed(1);
    const ring = filled(outcome);
    outcome.delivery.value?.fill(9);
    expect(ring.get('images/0/1')?.deadLetter.original.value?.[0]).toBe(1);
  });

  it('are listed once, even after a redelivery', () => {
    const ring = filled(failed(1), failed(2), failed(1));
    expect(offsets(ring)).toEqual(['1', '2']);
    expect(ring.bytes).toBe(200);
  });

  it('are found by code and by cursor', () => {
    const ring = filled(...Array.from({ length: 5 }, (_, i) => failed(i)));
    expect(ring.list({ code: 'EMPTY', limit: 2 }).map(({ seq }) => seq)).toEqual([5, 3]);
    expect(ring.list({ before: 3, limit: 9 }).map(({ seq }) => seq)).toEqual([2, 1]);
  });
});
