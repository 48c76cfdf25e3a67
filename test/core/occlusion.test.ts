import { describeFinding } from '../../src/core/occlusion';

const text = (regions: readonly number[]) => describeFinding({ score: 0.971, lowest: 0.124, regions }, 'Bag');
const DROP = 'Covering the most important part lowers the score of Bag from 97% to 12%.';

it('names the most important region, and the next one if it matters too', () => {
  expect(text([0.6, 0, 0, 0, 0.3, 0.05, 0, 0, 0.05])).toBe(
    `The upper left matters most (60% of the importance), then the centre (30%). ${DROP}`,
  );
  expect(text([0.05, 0, 0, 0, 0, 0, 0.05, 0.9, 0])).toBe(
    `The bottom matters most (90% of the importance). ${DROP}`,
  );
});

it('names none if all matter equally, or none at all', () => {
  expect(text(Array<number>(9).fill(1 / 9))).toBe(`No region stands out. ${DROP}`);
  expect(text(Array<number>(9).fill(0))).toBe(
    'No part of the image matters on its own: covering one does not lower the score of Bag.',
  );
});
