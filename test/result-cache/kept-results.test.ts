import { KeptResults } from '../../src/result-cache/kept-results';

const result = (pixels = 0) => ({
  scores: new Float32Array(10),
  decoded: pixels === 0 ? undefined : { pixels: new Uint8Array(pixels) },
});

it('drops the results that were not used for the longest time', () => {
  const kept = new KeptResults({ entries: 2, bytes: 1e6 });
  for (const key of ['a', 'b']) kept.set(key, result());
  kept.get('a');
  kept.set('c', result());
  expect(['a', 'b', 'c'].filter((key) => kept.get(key) !== undefined)).toEqual(['a', 'c']);
});

it('stays within its bytes, and keeps nothing that is larger', () => {
  const kept = new KeptResults({ entries: 1_000, bytes: 10_000 });
  for (let i = 0; i < 100; i++) {
    kept.set(`${i % 7}`, result(1_000 + i));
    expect(kept.bytes).toBeLessThanOrEqual(10_000);
  }
  expect(kept.size).toBe(6);
  kept.set('large', result(20_000));
  expect([kept.get('large'), kept.size]).toEqual([undefined, 6]);
  kept.clear();
  expect([kept.size, kept.bytes]).toEqual([0, 0]);
});
