import { judge } from './verdict';

const INPUTS = [
  { id: 0, partition: 0, offset: 0 },
  { id: 1, partition: 1, offset: 0 },
  { id: 2, partition: 0, offset: 1 },
];

describe('the count of outcomes', () => {
  it('passes when each input has one outcome', () => {
    expect(judge(INPUTS, INPUTS)).toEqual({ missing: [], duplicates: [], unasked: [], excused: 0 });
  });

  it('reports missing and duplicate outcomes', () => {
    const [first, second] = INPUTS;
    const verdict = judge(INPUTS, [first!, second!, second!, second!]);
    expect(verdict.missing).toEqual([INPUTS[2]]);
    expect(verdict.duplicates).toEqual([second, second]);
  });

  it('reports an outcome with the id of another or unknown input as unexpected', () => {
    const swapped = { id: 2, partition: 0, offset: 0 };
    const unknown = { id: 9, partition: 0, offset: 7 };
    const verdict = judge(INPUTS, [...INPUTS, swapped, unknown]);
    expect(verdict.unasked).toEqual([swapped, unknown]);
    expect(verdict.missing).toEqual([]);
  });

  it('expects two outcomes of a message that is in the topic twice', () => {
    const again = { id: 0, partition: 0, offset: 2 };
    expect(judge([...INPUTS, again], INPUTS).missing).toEqual([again]);
    expect(judge([...INPUTS, again], [...INPUTS, again]).duplicates).toEqual([]);
  });

  it('ignores only the messages of a deleted topic', () => {
    const judged = [{ id: 2, partition: 0, offset: 0 }];
    const old = { id: 0, partition: 0, offset: 0 };
    expect(judge(judged, [old, old], 2)).toEqual({
      missing: judged,
      duplicates: [],
      unasked: [],
      excused: 1,
    });
  });
});
