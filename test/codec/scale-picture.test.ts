import { scalePicture } from '../../src/codec/scale-picture';

const RGB = { width: 2, height: 1, channels: 3, pixels: Uint8Array.of(10, 20, 30, 210, 220, 230) } as const;

it('leaves a picture of that size alone', () => {
  expect(scalePicture(RGB, { width: 2, height: 1, channels: 3 })).toBe(RGB.pixels);
});

it('enlarges each colour, from edge to edge', () => {
  const pixels = scalePicture(RGB, { width: 4, height: 2, channels: 3 });
  const row = [10, 20, 30, 60, 70, 80, 160, 170, 180, 210, 220, 230];
  expect([...pixels]).toEqual([...row, ...row]);
});

it('turns colours to grey and back', () => {
  const grey = scalePicture(RGB, { width: 2, height: 1, channels: 1 });
  expect([...grey]).toEqual([18, 218]);
  const colours = scalePicture({ ...RGB, channels: 1, pixels: grey }, { width: 2, height: 1, channels: 3 });
  expect([...colours]).toEqual([18, 18, 18, 218, 218, 218]);
});
