import fc from 'fast-check';
import { StreamInferError } from '../../src/core/errors';
import { InOrder } from '../../src/brokers/kafka/in-order';
import type { Delivery } from '../../src/core/message';
import type { CommitResult, TransactionContent } from '../../src/core/ports';
import type { Outcome } from '../../src/core/prediction';
import type { RoutePrediction } from '../../src/core/route';
import { TransactionalOutbox } from '../../src/pipeline/transactional-outbox';
import { until } from '../helpers/cli';
import { makeDelivery } from '../helpers/deliveries';
import { silentLog } from '../helpers/log';
import { MODEL } from '../helpers/services';

type Commit = (texts: readonly string[], content: TransactionContent) => Promise<CommitResult> | CommitResult;

/** One partition whose transactions follow a script; committed messages are kept as `topic: text`. */
function setUp(
  commit: Commit = () => 'committed',
  signal = new AbortController().signal,
  route?: RoutePrediction,
) {
  const order = new InOrder<Delivery>();
  const stale = new Set<Delivery>();
  const committed: string[][] = [];
  const tried: string[][] = [];
  let onStale: () => void = () => undefined;
  const outbox = new TransactionalOutbox({
    transactions: {
      finish: (deliveries) => deliveries.flatMap((delivery) => order.finish(delivery)),
      isCurrent: (delivery) => !stale.has(delivery),
      commit: async (content) => {
        const texts = [...content.messages].flatMap(([topic, messages]) =>
          messages.map(({ value }) => `${topic}: ${String(value)}`),
        );
        tried.push(texts);
        if (content.deliveries.some((delivery) => stale.has(delivery))) return 'stale';
        const result = await commit(texts, content);
        if (result === 'committed') committed.push(texts);
        return result;
      },
      onStale: (listener) => (onStale = listener),
      backlog: 0,
    },
    topics: { output: 'predictions', dlq: 'images.dlq' },
    route,
    encode: {
      encode: ({ kind, delivery }) => message(`${kind} ${delivery.sourceId}`),
      encodeShrunk: ({ delivery }) => message(`shrunk ${delivery.sourceId}`),
    },
    log: silentLog,
    signal,
  });
  return {
    outbox,
    tried,
    committed,
    take: (count: number): Outcome[] =>
      Array.from({ length: count }, (_, offset) => {
        const delivery = makeDelivery(offset);
        order.take(delivery);
        return { kind: 'prediction', delivery, prediction: { model: MODEL } } as Outcome;
      }),
    loseAll: (outcomes: readonly Outcome[]): void => {
      for (const { delivery } of outcomes) stale.add(delivery);
      onStale();
    },
  };
}

const message = (text: string) => ({ key: null, value: Buffer.from(text), headers: [] });
const textOf = ({ delivery }: Outcome): string => `predictions: prediction ${delivery.sourceId}`;
const eventually = (condition: () => boolean) => until(condition, 10_000, () => condition.toString());

describe('the transactional outbox', () => {
  it('commits the outcomes of several calls in one transaction, and resolves each call with its own', async () => {
    const { outbox, take, committed } = setUp();
    const outcomes = take(5);
    const durable = await Promise.all([
      outbox.deliver(outcomes.slice(0, 2)),
      outbox.deliver(outcomes.slice(2)),
    ]);
    expect(durable).toEqual([outcomes.slice(0, 2), outcomes.slice(2)]);
    expect(committed).toEqual([outcomes.map(textOf)]);
  });

  it('commits the copies of a routed prediction in one transaction, and one that goes nowhere with its offset', async () => {
    const route: RoutePrediction = ({ delivery }) => ['a', 'b'].slice(0, Number(delivery.origin.offset));
    const advanced: number[] = [];
    const { outbox, take, committed } = setUp(
      (_, { deliveries }) => (advanced.push(deliveries.length), 'committed'),
      undefined,
      route,
    );
    await outbox.deliver(take(3));
    expect(committed).toEqual([
      ['a: prediction images/0/1', 'a: prediction images/0/2', 'b: prediction images/0/2'],
    ]);
    expect(advanced).toEqual([3]);
  });

  it('keeps back what came out of order until the gap before it is filled', async () => {
    const { outbox, take, committed } = setUp();
    const [first, second, third] = take(3) as [Outcome, Outcome, Outcome];
    const late = outbox.deliver([third]);
    await outbox.deliver([first]);
    expect(committed).toEqual([[textOf(first)]]);
    await outbox.deliver([second]);
    expect(await late).toEqual([third]);
    expect(committed.flat()).toEqual([first, second, third].map(textOf));
  });

  it('sends predictions and dead letters each to their topic', async () => {
    const { outbox, take, committed } = setUp();
    const [prediction, refused] = take(2) as [Outcome, Outcome];
    const rejection = { code: 'EMPTY', message: 'empty', stage: 'admission', attempts: 1 } as const;
    await outbox.deliver([prediction, { kind: 'dead letter', delivery: refused.delivery, rejection }]);
    expect(committed).toEqual([[textOf(prediction), 'images.dlq: dead letter images/0/1']]);
  });

  it('commits an aborted transaction again, is stalled meanwhile, and gives nothing up', async () => {
    let aborts = 3;
    const { outbox, take, tried, committed } = setUp(() => {
      if (aborts-- > 0) throw new StreamInferError('PUBLISH_FAILED', 'the group rebalances');
      return 'committed';
    });
    const outcomes = take(4);
    const delivered = outbox.deliver(outcomes);
    await eventually(() => outbox.stalled);
    expect(await delivered).toEqual(outcomes);
    expect(outbox.stalled).toBe(false);
    expect(tried).toHaveLength(4);
    expect(committed).toEqual([outcomes.map(textOf)]);
  });

  it('abandons revoked deliveries in a transaction, ready, waiting, or not yet delivered; the rest is committed', async () => {
    let release: (() => void) | undefined;
    const { outbox, take, loseAll, committed } = setUp(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      throw new StreamInferError('PUBLISH_FAILED', 'rebalance');
    });
    const outcomes = take(6);
    const [inTransaction, ready, waiting] = [
      outbox.deliver(outcomes.slice(0, 2)),
      outbox.deliver(outcomes.slice(2, 3)),
      outbox.deliver(outcomes.slice(4, 5)),
    ];
    await eventually(() => release !== undefined);
    loseAll(outcomes);
    expect(await waiting).toEqual([]);
    release?.();
    expect(await Promise.all([inTransaction, ready])).toEqual([[], []]);
    expect(await outbox.deliver(outcomes.slice(5))).toEqual([]);
    expect(committed).toEqual([]);
  });

  it('is no longer stalled when all uncommitted deliveries were revoked', async () => {
    const { outbox, take, loseAll } = setUp(() => {
      throw new StreamInferError('SOURCE_LOST', 'the producer was fenced');
    });
    const outcomes = take(2);
    const delivered = outbox.deliver(outcomes);
    await eventually(() => outbox.stalled);
    loseAll(outcomes);
    expect(await delivered).toEqual([]);
    await eventually(() => !outbox.stalled);
  });

  it('finds the one prediction that is too large, and makes a dead letter of it and no other', async () => {
    const { outbox, take, committed } = setUp((texts) =>
      texts.some((text) => text === 'predictions: prediction images/0/37') ? 'too large' : 'committed',
    );
    const outcomes = take(100);
    expect(await outbox.deliver(outcomes)).toHaveLength(100);
    const expected = outcomes.map(textOf);
    expected[37] = 'images.dlq: dead letter images/0/37';
    expect(committed.flat().sort()).toEqual(expected.sort());
  });

  it('shrinks a dead letter that is too large', async () => {
    const { outbox, take, committed } = setUp((texts) =>
      texts.every((text) => text.includes('shrunk')) ? 'committed' : 'too large',
    );
    expect(await outbox.deliver(take(1))).toHaveLength(1);
    expect(committed).toEqual([['images.dlq: shrunk images/0/0']]);
  });

  it('takes smaller transactions where all together are too large, and larger ones again', async () => {
    const { outbox, take, committed } = setUp((texts) => (texts.length > 300 ? 'too large' : 'committed'));
    const outcomes = take(900);
    await outbox.deliver(outcomes);
    expect(committed.flat()).toEqual(outcomes.map(textOf));
    expect(committed.length).toBeLessThan(9);
  });

  it('rejects all callers when another process has fenced this one', async () => {
    const { outbox, take, committed } = setUp(() => {
      throw new StreamInferError('FENCED', 'replaced');
    });
    const outcomes = take(4);
    const waiting = outbox.deliver(outcomes.slice(2, 3));
    await expect(outbox.deliver(outcomes.slice(0, 1))).rejects.toMatchObject({ code: 'FENCED' });
    await expect(waiting).rejects.toMatchObject({ code: 'FENCED' });
    await expect(outbox.deliver(outcomes.slice(1, 2))).rejects.toMatchObject({ code: 'FENCED' });
    expect(committed).toEqual([]);
  });

  it('rejects when its signal aborts, with nothing committed', async () => {
    const stop = new AbortController();
    const { outbox, take, committed } = setUp(() => {
      throw new StreamInferError('SOURCE_LOST', 'no broker');
    }, stop.signal);
    const delivered = outbox.deliver(take(1));
    await eventually(() => outbox.stalled);
    stop.abort();
    await expect(delivered).rejects.toMatchObject({ code: 'ABORTED' });
    expect(committed).toEqual([]);
  });

  it('commits everything exactly once and in order, whatever comes in which order and however often it is aborted', async () => {
    const order = fc.shuffledSubarray([...Array(60).keys()], { minLength: 60 });
    const fates = fc.array(fc.constantFrom('committed', 'committed', 'too large', 'aborted'), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(order, fates, fc.integer({ min: 1, max: 20 }), async (sequence, script, size) => {
        const { outbox, take, committed } = setUp(() => {
          const fate = script.shift() ?? 'committed';
          if (fate === 'aborted') throw new StreamInferError('PUBLISH_FAILED', 'aborted');
          return fate;
        });
        const outcomes = take(60);
        const calls: Promise<readonly Outcome[]>[] = [];
        for (let i = 0; i < 60; i += size) {
          calls.push(outbox.deliver(sequence.slice(i, i + size).map((at) => outcomes[at] as Outcome)));
          await Promise.resolve();
        }
        expect((await Promise.all(calls)).flat()).toHaveLength(60);
        const offsets = committed.flat().map((text) => Number(text.split('/').at(-1)));
        expect(offsets).toEqual([...Array(60).keys()]);
      }),
      { numRuns: 25 },
    );
  }, 30_000);
});
