import { parseLabel } from '../../src/core/labels';

describe('the true class of an image', () => {
  it('is a number, also as text, or a name in any case', () => {
    expect([3, '3', ' Dress ', 'dress'].map((value) => parseLabel(value))).toEqual([3, 3, 3, 3]);
    expect([10, '10', -1, 1.5, 'skirt', '', null].map((value) => parseLabel(value))).toEqual(
      Array.from({ length: 7 }),
    );
  });

  it('is the name where a text is both a name and the number of another class', () => {
    const labels = ['1', '2', '3', 'Cat', 'cat'];
    expect(['1', 1, '0', '3', 'cat', 'CAT'].map((value) => parseLabel(value, labels))).toEqual([
      0, 1, 0, 2, 4, 3,
    ]);
  });
});
