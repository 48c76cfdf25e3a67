import { generateImages } from '../../src/bench/load-images';

it('generated images are few if they are large', () => {
  const { size, pixels } = generateImages({
    ...{
      height: 1_000,
      width: 3_000,
      channels: 3,
      resize: 'stretch',
      invert: 'never',
      labels: ['cat', 'dog'],
    },
  });
  expect([size, pixels.length]).toEqual([1, 9_000_000]);
});
