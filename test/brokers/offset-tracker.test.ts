import fc from 'fast-check';

import { OffsetTracker } from '../../src/brokers/offset-tracker';

function tracking(...offsets: number[]): OffsetTracker {
  const tracker = new OffsetTracker(offsets[0]);
  for (const offset of offsets) tracker.track(offset);
  return tracker;
}

test('the watermark moves only over settled offsets', () => {
  const tracker = tracking(5, 6, 7, 8);
  expect(tracker.watermark).toBe(5);
  expect(tracker.settle(6)).toBe(5);
  expect(tracker.settle(8)).toBe(5);
  expect(tracker.settle(5)).toBe(7);
  expect(tracker.settle(7)).toBe(9);
  expect(tracker.unsettled).toBe(0);
});

test('gaps in the offsets are stepped over', () => {
  const tracker = tracking(0, 10, 25);
  expect(tracker.settle(10)).toBe(0);
  expect(tracker.settle(0)).toBe(11);
  expect(tracker.settle(25)).toBe(26);
});

test('settling or tracking twice changes nothing', () => {
  const tracker = tracking(0, 1, 2);
  tracker.settle(1);
  tracker.settle(1);
  tracker.track(1);
  expect(tracker.unsettled).toBe(2);
  tracker.settle(0);
  expect(tracker.settle(0)).toBe(2);
  expect([0, 1, 2].map((offset) => tracker.isSettled(offset))).toEqual([true, true, false]);
});

test('settled offsets after an unsettled one are ranges, which include offsets that do not exist', () => {
  const tracker = tracking(5, 6, 9, 10, 20, 21);
  expect([...tracker.ahead()]).toEqual([]);
  for (const offset of [6, 9, 20]) tracker.settle(offset);
  expect(tracker.hasAhead).toBe(true);
  expect(tracker.firstUnsettled).toBe(5);
  expect([...tracker.ahead()]).toEqual([
    [6, 10],
    [20, 21],
  ]);
  tracker.settle(5);
  expect([...tracker.ahead()]).toEqual([[20, 21]]);
  for (const offset of [10, 21]) tracker.settle(offset);
  expect([tracker.hasAhead, tracker.firstUnsettled]).toEqual([false, undefined]);
});

test('in whatever order everything is settled, the watermark never passes an unsettled offset', () => {
  const orders = fc
    .uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 200 })
    .chain((offsets) =>
      fc.tuple(fc.constant(offsets), fc.shuffledSubarray(offsets, { minLength: offsets.length })),
    );
  fc.assert(
    fc.property(orders, ([offsets, order]) => {
      const sorted = [...offsets].sort((a, b) => a - b);
      const tracker = tracking(...sorted);
      const open = new Set(sorted);
      for (const offset of order) {
        open.delete(offset);
        const watermark = tracker.settle(offset);
        expect(watermark).toBeLessThanOrEqual(Math.min(...open, Infinity));
        expect(tracker.unsettled).toBe(open.size);
      }
      expect(tracker.watermark).toBe((sorted.at(-1) ?? 0) + 1);
    }),
  );
});

test('hundreds of thousands of offsets take no more memory than those in flight', () => {
  const tracker = new OffsetTracker();
  const start = performance.now();
  for (let offset = 0; offset < 500_000; offset++) {
    tracker.track(offset);
    if (offset >= 1_000) tracker.settle(offset - 1_000);
  }
  expect(tracker.unsettled).toBe(1_000);
  expect(performance.now() - start).toBeLessThan(2_000);
});
