import { Deferred } from '../../../src/core/async/deferred';
import { UnfetchedEnds } from '../../../src/brokers/kafka/unfetched-ends';

describe('ends of partitions that are not fetched', () => {
  it('are those of the last answer, one query at a time', async () => {
    const asked: (readonly number[])[] = [];
    const answers = [
      new Deferred<ReadonlyMap<number, number>>(),
      new Deferred<ReadonlyMap<number, number>>(),
    ];
    const ends = new UnfetchedEnds((partitions) => {
      asked.push(partitions);
      return answers[asked.length - 1]!.promise;
    });
    ends.refresh([0, 3]);
    ends.refresh([0, 3]);
    expect(asked).toEqual([[0, 3]]);
    expect(ends.of(3)).toBeUndefined();
    answers[0]!.resolve(new Map([[3, 70]]));
    await ends.asking;
    expect([ends.of(0), ends.of(3)]).toEqual([undefined, 70]);
    ends.refresh([3]);
    answers[1]!.reject(new Error('no broker'));
    await ends.asking;
    expect([asked.length, ends.of(3)]).toEqual([2, 70]);
  });

  it('are forgotten when the partitions are fetched again', async () => {
    const ends = new UnfetchedEnds(() => Promise.resolve(new Map([[1, 5]])));
    ends.refresh([1]);
    await ends.asking;
    expect(ends.of(1)).toBe(5);
    ends.refresh([]);
    expect(ends.of(1)).toBeUndefined();
  });
});
