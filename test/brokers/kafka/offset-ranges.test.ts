import fc from 'fast-check';
import { OffsetRanges } from '../../../src/brokers/kafka/offset-ranges';

describe('offset ranges', () => {
  it('raise the watermark when the gap before a range is filled', () => {
    const ranges = new OffsetRanges(10);
    ranges.add(12, 14);
    expect([ranges.watermark, ranges.has(11), ranges.has(13), ranges.has(14)]).toEqual([
      10,
      false,
      true,
      false,
    ]);
    ranges.add(10, 12);
    expect(ranges.watermark).toBe(14);
    expect(ranges.toText(100)).toEqual({ text: '', forgotten: 0 });
  });

  it('count what was dealt with in a part', () => {
    const ranges = new OffsetRanges(10);
    ranges.add(12, 14);
    ranges.add(20, 30);
    expect([ranges.countWithin(5, 13), ranges.countWithin(0, 100), ranges.countWithin(14, 20)]).toEqual([
      6, 22, 0,
    ]);
  });

  it('say the same as a set of numbers, also after a way through text', () => {
    const pair = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(fc.nat(20), fc.array(pair, { maxLength: 30 }), (watermark, pairs) => {
        const ranges = new OffsetRanges(watermark);
        const done = new Set(Array.from({ length: watermark }, (_, i) => i));
        for (const [start, length] of pairs) {
          ranges.add(start, start + length);
          for (let i = start; i < start + length; i++) done.add(i);
        }
        const copy = new OffsetRanges(ranges.watermark, ranges.toText(4_000).text);
        const all = Array.from({ length: 80 }, (_, i) => i);
        const right = all.filter((i) => done.has(i)).join();
        expect(all.filter((i) => ranges.has(i)).join()).toBe(right);
        expect(all.filter((i) => copy.has(i)).join()).toBe(right);
        expect(done.has(ranges.watermark)).toBe(false);
      }),
    );
  });

  it('leave out what does not fit into the text, and say how much', () => {
    const ranges = new OffsetRanges(0);
    for (let i = 1; i < 100; i += 2) ranges.add(i, i + 1);
    const { text, forgotten } = ranges.toText(19);
    expect(text).toBe('1.1,1.1,1.1,1.1,1.1');
    expect(forgotten).toBe(45);
  });

  it('forget what is below the first message that is left', () => {
    const ranges = new OffsetRanges(0, '2.3,1.1');
    ranges.raiseTo(3);
    expect([ranges.watermark, ranges.toText(100).text]).toEqual([5, '1.1']);
  });

  it('ignore the text of other programs', () => {
    expect(new OffsetRanges(3, 'committed by a tool').toText(100).text).toBe('');
    expect(new OffsetRanges(3, '1.1,').watermark).toBe(3);
  });

  it('take over what others dealt with', () => {
    const ranges = new OffsetRanges(2, '1.1');
    ranges.merge(new OffsetRanges(3, '3.2'));
    expect([ranges.watermark, ranges.toText(100).text]).toEqual([4, '2.2']);
  });
});
