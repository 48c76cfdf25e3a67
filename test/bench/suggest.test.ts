import { candidatesOf, suggestionOf, workerCounts } from '../../src/bench/suggest';

const measured = (workers: number, maxBatch: number, imagesPerSecond: number) => ({
  workers,
  maxBatch,
  imagesPerSecond,
});

describe('the suggestion of settings', () => {
  it.each([
    [1, [1]],
    [2, [1, 2]],
    [4, [1, 2, 3, 4]],
    [16, [1, 8, 15, 16]],
  ])('tries on %d cores %p workers', (cores, expected) => {
    expect(workerCounts(cores)).toEqual(expected);
  });

  it('selects the smallest batch within the tolerance for each number of workers', () => {
    const ceilings = [
      measured(1, 1, 13_000),
      measured(1, 8, 19_300),
      measured(1, 64, 19_500),
      measured(2, 1, 25_000),
      measured(2, 8, 36_000),
      measured(2, 32, 39_000),
      measured(2, 64, 39_300),
    ];
    expect(candidatesOf(ceilings, { workers: 2, maxBatch: 64 })).toEqual([
      { workers: 2, maxBatch: 64 },
      { workers: 1, maxBatch: 8 },
      { workers: 2, maxBatch: 32 },
    ]);
  });

  it('does not run the current setting twice', () => {
    expect(candidatesOf([measured(1, 32, 10)], { workers: 1, maxBatch: 32 })).toHaveLength(1);
  });

  it('is the fewest workers, then the smallest batch, within the tolerance', () => {
    const runs = [measured(2, 64, 10_000), measured(2, 32, 9_900), measured(1, 8, 9_800)];
    expect(suggestionOf(runs)).toEqual(measured(1, 8, 9_800));
    expect(suggestionOf([measured(2, 64, 10_000), measured(2, 32, 9_900), measured(1, 8, 9_000)])).toEqual(
      measured(2, 32, 9_900),
    );
  });

  it('ignores short runs, and keeps the setting if all are short', () => {
    expect(suggestionOf([measured(2, 64, NaN), measured(1, 8, 50)])).toEqual(measured(1, 8, 50));
    expect(suggestionOf([measured(2, 64, NaN), measured(1, 8, NaN)])).toEqual(measured(2, 64, NaN));
  });
});
