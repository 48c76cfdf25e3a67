import { noteText, PAUSED, settledIn } from '../../../src/brokers/kafka/commit-note';
import { OffsetRanges } from '../../../src/brokers/kafka/offset-ranges';
import { SeenMarks } from '../../../src/brokers/kafka/seen-marks';

function rangesOf(...pairs: [start: number, end: number][]): OffsetRanges {
  const ranges = new OffsetRanges(0);
  for (const [start, end] of pairs) ranges.add(start, end);
  return ranges;
}

const has = (ranges: OffsetRanges | undefined, offsets: number[]) =>
  offsets.filter((offset) => ranges?.has(offset));

describe('the metadata of a commit', () => {
  it('is left out when there is nothing to say', () => {
    expect(noteText(100, {})).toBeUndefined();
    expect(noteText(100, { settled: new OffsetRanges(0) })).toBeUndefined();
  });

  it('says what is settled beyond the committed offset', () => {
    const text = noteText(100, { settled: rangesOf([101, 103], [110, 111]) });
    expect(text).toBe('stream-infer settled1 2s:2t.2,7.1');
    expect(has(settledIn(100, text), [100, 101, 102, 103, 109, 110, 111])).toEqual([101, 102, 110]);
  });

  it('has room for the mark of a pause, which members of older releases still find', () => {
    const text = noteText(100, { pausedAt: 5_000, settled: rangesOf([101, 103]) });
    expect(text).toBe('stream-infer paused 5000 settled1 2s:2t.2');
    expect(text?.startsWith(PAUSED)).toBe(true);
    expect(has(settledIn(100, text), [100, 101, 102, 103])).toEqual([101, 102]);
    expect(new SeenMarks().isPaused(0, text, 0)).toBe(true);
    expect(noteText(100, { pausedAt: 5_000 })).toBe('stream-infer paused 5000');
    expect(settledIn(100, 'stream-infer paused 5000')).toBeUndefined();
  });

  it('does not count for an offset that was changed since', () => {
    const text = noteText(100, { settled: rangesOf([101, 103]) });
    for (const offset of [0, 50, 99, 101, 102, 200]) expect(settledIn(offset, text)).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    '',
    'of another program',
    'settled1 2s:2t.2',
    'stream-infer',
    'stream-infer settled1',
    'stream-infer settled1 2s',
    'stream-infer settled1 2s:',
    'stream-infer settled1 2s:2t.2,',
    'stream-infer settled1 2s:2t.2;7.1',
    'stream-infer settled2 2s:2t.2',
    `stream-infer settled1 2s:2t.${'z'.repeat(300)}`,
  ])('is ignored where it is not understood: %p', (text) => {
    expect(settledIn(100, text)).toBeUndefined();
  });

  it('skips the words of later releases', () => {
    expect(has(settledIn(100, 'stream-infer lease1 7 settled1 2s:2t.2 more1 9'), [101])).toEqual([101]);
  });

  it('fits into the limit of Kafka, with the nearest ranges', () => {
    const ranges = new OffsetRanges(0);
    const first = 9_007_199_254_000_000;
    for (let i = 1; i < 4_000; i += 2) ranges.add(first + i, first + i + 1);
    const text = noteText(first, { pausedAt: 1_764_000_000_000, settled: ranges }) as string;
    expect(Buffer.byteLength(text)).toBeLessThan(4_096);
    const settled = settledIn(first, text);
    expect(settled?.countWithin(first, first + 4_000)).toBeGreaterThan(900);
    expect(has(settled, [first + 1, first + 1_501])).toEqual([first + 1, first + 1_501]);
    expect(has(settled, [first + 3_999])).toEqual([]);
  });
});
