import { Deferred } from '../../src/core/async/deferred';
import type { Delivery } from '../../src/core/message';
import type { Answer, Resolution } from '../../src/core/resolver';
import { ResolveStage } from '../../src/pipeline/resolve-stage';
import { until } from '../helpers/cli';
import { makeDelivery } from '../helpers/deliveries';
import { silentLog } from '../helpers/log';

const offsetOf = ({ origin }: Delivery): number => Number(origin.offset);
const inPartition = (offset: number, partition: number | null): Delivery =>
  makeDelivery(offset, { origin: { broker: 'x', topic: 'images', partition, offset: String(offset) } });
const resolved = (text: string): Resolution => ({ kind: 'resolved', value: Buffer.from(text) });
const postponed: Resolution = { kind: 'postponed', reason: 'the server is down' };
const soon = (condition: () => boolean): Promise<void> => until(condition, 5_000, () => 'nothing changed');
const refused: Resolution = { kind: 'refused', code: 'EMPTY', message: 'nothing' };

function setUp(resolve: (offset: number, signal: AbortSignal) => Answer, concurrency = 4) {
  const events: string[] = [];
  const stale = new Set<number>();
  const state = { hasRoom: true };
  const stage = new ResolveStage(
    { resolve: (message, signal) => resolve(offsetOf(message as Delivery), signal) },
    {
      accept: (delivery, value) =>
        void events.push(`${offsetOf(delivery)} ${value === null ? 'as it is' : String(value.value)}`),
      refuse: (delivery, { code }) => void events.push(`${offsetOf(delivery)} ${code}`),
      abandon: (delivery) => void events.push(`${offsetOf(delivery)} abandoned`),
      flush: () => undefined,
      isCurrent: (delivery) => !stale.has(offsetOf(delivery)),
      hasRoom: () => state.hasRoom,
    },
    silentLog,
    { concurrency, firstWaitMs: 5 },
  );
  return { stage, events, stale, state };
}

/** Answers that the test gives; the offsets that were asked for, in order. */
function byHand() {
  const asked: number[] = [];
  const waiting = new Map<number, Deferred<Resolution | null>>();
  const resolve = (offset: number): Answer => {
    asked.push(offset);
    const deferred = new Deferred<Resolution | null>();
    waiting.set(offset, deferred);
    return deferred.promise;
  };
  const answer = async (offset: number, value: Resolution | null): Promise<void> => {
    waiting.get(offset)?.resolve(value);
    await new Promise((next) => setImmediate(next));
  };
  return { asked, resolve, answer };
}

describe('resolving values', () => {
  it('continues at once with an answer that is there', () => {
    const { stage, events } = setUp((offset) => [null, resolved('new'), refused][offset] as Answer);
    for (const offset of [0, 1, 2]) stage.add(makeDelivery(offset));
    expect(events).toEqual(['0 as it is', '1 new', '2 EMPTY']);
  });

  it('keeps the order of each partition, whatever is answered first', async () => {
    const { asked, resolve, answer } = byHand();
    const { stage, events } = setUp(resolve);
    const partitions = [0, 1, 0, 1];
    partitions.forEach((partition, offset) => stage.add(inPartition(offset, partition)));
    expect(asked).toEqual([0, 1, 2, 3]);
    await answer(2, refused);
    await answer(1, resolved('b'));
    expect(events).toEqual(['1 b']);
    await answer(3, null);
    await answer(0, resolved('a'));
    expect(events).toEqual(['1 b', '3 as it is', '0 a', '2 EMPTY']);
  });

  it('holds nothing back on a broker without partitions', async () => {
    const { resolve, answer } = byHand();
    const { stage, events } = setUp(resolve);
    stage.add(inPartition(0, null));
    stage.add(inPartition(1, null));
    await answer(1, null);
    expect(events).toEqual(['1 as it is']);
  });

  it('bounds the answers that it awaits, and what it takes ahead', async () => {
    const { asked, resolve, answer } = byHand();
    const { stage } = setUp(resolve, 2);
    expect(stage.room()).toBe(4);
    for (const offset of [0, 1, 2, 3]) stage.add(makeDelivery(offset));
    expect([asked, stage.room()]).toEqual([[0, 1], 0]);
    await answer(0, null);
    expect([asked, stage.room()]).toEqual([[0, 1, 2], 1]);
  });

  it('starts no more than one while the bytes in flight reach their limit', async () => {
    const { asked, resolve, answer } = byHand();
    const { stage, state } = setUp(resolve);
    state.hasRoom = false;
    for (const offset of [0, 1, 2]) stage.add(makeDelivery(offset));
    expect(asked).toEqual([0]);
    await answer(0, null);
    expect(asked).toEqual([0, 1]);
    state.hasRoom = true;
    stage.resume();
    expect(asked).toEqual([0, 1, 2]);
  });

  it('pauses for a postponed message, tries it alone, and then continues in order', async () => {
    let failures = 3;
    const asked: number[] = [];
    const { stage, events } = setUp((offset) => {
      asked.push(offset);
      return offset === 1 && failures-- > 0 ? Promise.resolve(postponed) : null;
    });
    stage.add(makeDelivery(0));
    stage.add(makeDelivery(1));
    await soon(() => stage.pausedFor !== null);
    stage.add(makeDelivery(2));
    expect([stage.pausedFor, stage.room()]).toEqual(['the server is down', 0]);
    await soon(() => stage.pausedFor === null);
    expect(events).toEqual(['0 as it is', '1 as it is', '2 as it is']);
    expect(asked).toEqual([0, 1, 1, 1, 1, 2]);
  });

  it('treats a resolver that throws or rejects as one that postpones', async () => {
    let calls = 0;
    const { stage, events } = setUp(() => {
      if (++calls === 1) throw new Error('a bug');
      return calls === 2 ? Promise.reject(new Error('another')) : resolved('at last');
    });
    stage.add(makeDelivery(0));
    expect(stage.pausedFor).toBe('a message cannot be resolved: a bug');
    await soon(() => events.length > 0);
    expect(events).toEqual(['0 at last']);
  });

  it('gives up a postponed message that another process has received', async () => {
    const { stage, events, stale } = setUp((offset) => (offset === 0 ? postponed : null));
    stage.add(makeDelivery(0));
    stage.add(makeDelivery(1));
    stale.add(0);
    await soon(() => stage.pausedFor === null);
    expect(events).toEqual(['0 abandoned', '1 as it is']);
  });

  it('abandons what waits when it is stopped in a pause, and ends the answers that nobody awaits', async () => {
    const aborted: number[] = [];
    const { stage, events } = setUp((offset, signal) => {
      if (offset === 0) return postponed;
      signal.addEventListener('abort', () => aborted.push(offset));
      return new Promise(() => undefined);
    });
    const partitions = [0, 1];
    partitions.reverse().forEach((partition, i) => stage.add(inPartition(1 - i, partition)));
    stage.stop();
    expect(events.sort()).toEqual(['0 abandoned', '1 abandoned']);
    expect(aborted).toEqual([1]);
  });

  it('still answers what runs when it is stopped, unless that is postponed', async () => {
    const { resolve, answer } = byHand();
    const { stage, events } = setUp(resolve);
    for (const offset of [0, 1, 2]) stage.add(makeDelivery(offset));
    stage.stop();
    await answer(0, resolved('a'));
    await answer(1, postponed);
    await answer(2, null);
    expect(events).toEqual(['0 a', '1 abandoned', '2 abandoned']);
  });
});
