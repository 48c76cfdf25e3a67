import type { Box, ImageFrame } from '../core/found-objects';
import type { ModelShape } from '../core/model-shape';
import { offsetIn, placementOf, type Size } from './placement';

/** Where the model's input is in the upright image; without `original`, the image is the input itself. */
export function frameOf(original: Size | undefined, shape: ModelShape): ImageFrame {
  const { width, height } = original ?? shape;
  const { region, size } = placementOf({ width, height }, shape, shape);
  const [across, down] = [region.width / size.width, region.height / size.height];
  const { left, top } = offsetIn(shape, size);
  const view = [
    region.left - left * across,
    region.top - top * down,
    shape.width * across,
    shape.height * down,
  ].map(tenths) as unknown as Box;
  return { width, height, view };
}

/** A box in pixels of the model's input as one of the upright image, cut to it; undefined if nothing is left. */
export function boxInImage(
  [left, top, width, height]: Box,
  { view, ...image }: ImageFrame,
  shape: Size,
): Box | undefined {
  const [across, down] = [view[2] / shape.width, view[3] / shape.height];
  const [from, to] = cut(view[0] + left * across, view[0] + (left + width) * across, image.width);
  const [above, below] = cut(view[1] + top * down, view[1] + (top + height) * down, image.height);
  const box = [from, above, to - from, below - above].map(tenths) as unknown as Box;
  return box[2] > 0 && box[3] > 0 ? box : undefined;
}

function cut(from: number, to: number, most: number): readonly [number, number] {
  return [Math.max(0, Math.min(most, from)), Math.max(0, Math.min(most, to))];
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
