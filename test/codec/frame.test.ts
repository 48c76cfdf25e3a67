import { boxInImage, frameOf } from '../../src/codec/frame';
import type { ModelShape } from '../../src/core/model-shape';

const shape = (resize: ModelShape['resize']): ModelShape => ({
  width: 64,
  height: 64,
  channels: 3,
  resize,
  invert: 'never',
  labels: ['a', 'nothing'],
});
const PHOTO = { width: 640, height: 480 };

it.each<[ModelShape['resize'], readonly number[], readonly number[]]>([
  ['stretch', [0, 0, 640, 480], [80, 60, 160, 120]],
  // 64 × 48 pixels with 8 rows of black above and below.
  ['fit', [0, -80, 640, 640], [80, 0, 160, 160]],
  ['crop', [80, 0, 480, 480], [140, 60, 120, 120]],
])('undoes %s', (resize, view, box) => {
  const frame = frameOf(PHOTO, shape(resize));
  expect(frame).toEqual({ ...PHOTO, view });
  expect(boxInImage([8, 8, 16, 16], frame, shape(resize))).toEqual(box);
});

it('cuts a box to the image, and drops one in the bars around it', () => {
  const frame = frameOf(PHOTO, shape('fit'));
  expect(boxInImage([0, 0, 64, 16], frame, shape('fit'))).toEqual([0, 0, 640, 80]);
  expect(boxInImage([0, 0, 64, 8], frame, shape('fit'))).toBeUndefined();
});

it('keeps the boxes of raw pixels', () => {
  const frame = frameOf(undefined, shape('crop'));
  expect(frame).toEqual({ width: 64, height: 64, view: [0, 0, 64, 64] });
  expect(boxInImage([1.26, 2, 3, 4], frame, shape('crop'))).toEqual([1.3, 2, 3, 4]);
});
