import { assertReadable, boundsWithin, describePosition, type ScanPosition } from '../../src/core/scan-range';

const held = { partition: 1, low: 100, high: 200 };
const at150 = () => 150;
const offset = (value: number): ScanPosition => ({ at: 'offset', offset: value });
const within = (from: ScanPosition, to: ScanPosition) => {
  const bounds = boundsWithin({ from, to }, held, at150);
  return bounds && [bounds.from, bounds.to];
};

describe('a range of a topic', () => {
  it('is cut to what a partition holds', () => {
    expect(within({ at: 'beginning' }, { at: 'end' })).toEqual([100, 200]);
    expect(within(offset(0), offset(120))).toEqual([100, 120]);
    expect(within(offset(120), offset(1_000))).toEqual([120, 200]);
    expect(within({ at: 'time', ms: 5 }, { at: 'end' })).toEqual([150, 200]);
  });

  it('is empty, not backwards, where nothing of it is there', () => {
    expect(within(offset(0), offset(50))).toEqual([100, 100]);
    expect(within(offset(500), offset(600))).toEqual([500, 500]);
    expect(within(offset(160), offset(120))).toEqual([160, 160]);
  });

  it('leaves out partitions that are not named', () => {
    const named = (partition: number): ScanPosition => ({
      at: 'offsets',
      offsets: new Map([[partition, 150]]),
    });
    expect(within(named(1), { at: 'end' })).toEqual([150, 200]);
    expect(within(named(0), { at: 'end' })).toBeUndefined();
  });

  it('lists the offsets of the topic when the range is empty', () => {
    const range = { from: offset(500), to: offset(600) };
    const bounds = [{ from: 500, to: 500 }];
    expect(() => assertReadable('images', range, [held], bounds)).toThrow(
      'images contains no message from 500 to 600 (not included); the topic contains: partition 1 from 100 to 200 (not included)',
    );
    expect(() => assertReadable('images', range, [{ ...held, high: 100 }], bounds)).toThrow(
      'the topic is empty',
    );
  });

  it('names a partition that does not exist', () => {
    const range = { from: { at: 'offsets', offsets: new Map([[7, 0]]) }, to: { at: 'end' } } as const;
    expect(() => assertReadable('images', range, [held], [])).toThrow('images has no partition 7');
  });

  it('is described in the form that the user types', () => {
    expect(describePosition({ at: 'time', ms: 0 })).toBe('1970-01-01T00:00:00.000Z');
    expect(
      describePosition({
        at: 'offsets',
        offsets: new Map([
          [0, 5],
          [2, 7],
        ]),
      }),
    ).toBe('0:5,2:7');
  });
});
