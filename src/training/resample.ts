import { IMAGE_SIDE } from '../core/image';

const CENTRE = (IMAGE_SIDE - 1) / 2;

/** Where in the image the pixel at (x, y) comes from. */
export type Origin = (x: number, y: number) => [x: number, y: number];

/** Turns 28 × 28 uint8, row-major, clockwise around its centre; `angle` is in degrees. */
export function rotated(image: Uint8Array, angle: number): Uint8Array {
  const radians = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  return resample(image, (x, y) => {
    const [dx, dy] = [x - CENTRE, y - CENTRE];
    return [CENTRE + cos * dx + sin * dy, CENTRE - sin * dx + cos * dy];
  });
}

/** Takes each pixel from its origin: interpolated between pixels, black outside of the image. */
export function resample(image: Uint8Array, from: Origin): Uint8Array {
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= IMAGE_SIDE || y >= IMAGE_SIDE ? 0 : (image[y * IMAGE_SIDE + x] as number);
  return image.map((_, i) => {
    const [x, y] = from(i % IMAGE_SIDE, Math.floor(i / IMAGE_SIDE));
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, below] = [x - left, y - top];
    const upper = at(left, top) * (1 - right) + at(left + 1, top) * right;
    const lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
    return Math.round(upper * (1 - below) + lower * below);
  });
}
