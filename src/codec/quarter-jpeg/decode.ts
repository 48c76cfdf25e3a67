import type { Raster } from '../raster';
import { Bits, Codes, Unusual } from './bits';
import { readHeader, type Component, type Header } from './header';
import { meansOf, type Means } from './means';

/** A component of the quarter picture. */
interface Plane extends Pick<Component, 'across' | 'down'> {
  readonly dc: Codes;
  readonly ac: Codes;
  readonly means: Means;
  readonly width: number;
  readonly samples: Uint8ClampedArray;
  /** The mean of the block before. */
  previous: number;
}

/**
 * A JPEG at a quarter of its width and height: each pixel is the mean of 4 × 4 pixels, which follows from the
 * coefficients without computing them. A photo of 12 megapixels needs 3 MB instead of 72. Returns undefined for files of
 * other kinds (progressive, RGB, CMYK), and for damaged ones.
 */
export function decodeQuarter(bytes: Buffer): Raster | undefined {
  try {
    const header = readHeader(bytes);
    return header && toRaster(header, decodePlanes(bytes, header));
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
}

function decodePlanes(bytes: Buffer, header: Header): Plane[] {
  const { components, restart } = header;
  const [{ across, down }] = components as [Component];
  // Of a single component, blocks are not in groups.
  const [wide, high] = components.length === 1 ? [1, 1] : [across, down];
  const columns = Math.ceil(header.width / (8 * wide));
  const rows = Math.ceil(header.height / (8 * high));
  const planes = components.map((one) => planeOf(one, components.length === 1, columns, rows));
  const bits = new Bits(bytes, header.start);
  let group = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, group++) {
      if (restart > 0 && group > 0 && group % restart === 0) startAgain(bits, planes, group / restart - 1);
      for (const plane of planes) decodeGroup(bits, plane, column, row);
    }
    bits.assertWithin();
  }
  return planes;
}

function planeOf(component: Component, alone: boolean, columns: number, rows: number): Plane {
  const [across, down] = alone ? [1, 1] : [component.across, component.down];
  const width = 2 * across * columns;
  const samples = new Uint8ClampedArray(width * 2 * down * rows);
  const [dc, ac] = [new Codes(component.dc), new Codes(component.ac)];
  return { across, down, dc, ac, means: meansOf(component.quantization), width, samples, previous: 0 };
}

function startAgain(bits: Bits, planes: readonly Plane[], nth: number): void {
  bits.restart(nth % 8);
  for (const plane of planes) plane.previous = 0;
}

function decodeGroup(bits: Bits, plane: Plane, column: number, row: number): void {
  const { across, down, width } = plane;
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++)
      decodeBlock(bits, plane, 2 * ((row * down + y) * width + column * across + x));
  }
}

/** Writes the means of the four quarters of a block. */
function decodeBlock(bits: Bits, plane: Plane, at: number): void {
  const { ac, means, samples, width } = plane;
  const { kinds, weights } = means;
  plane.previous += bits.number(bits.symbol(plane.dc));
  let [across, down, both] = [0, 0, 0];
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(ac);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) break;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw new Unusual('too many coefficients');
    const value = bits.number(size) * weights[k]!;
    const kind = kinds[k];
    if (kind === 1) across += value;
    else if (kind === 2) down += value;
    else if (kind === 3) both += value;
  }
  const mean = 128 + plane.previous * weights[0]!;
  samples[at] = mean + across + down + both;
  samples[at + 1] = mean - across + down - both;
  samples[at + width] = mean + across - down - both;
  samples[at + width + 1] = mean - across - down + both;
}

function toRaster({ width: full, height: fullHeight }: Header, planes: readonly Plane[]): Raster {
  const [width, height] = [Math.ceil(full / 4), Math.ceil(fullHeight / 4)];
  const extent = { width: full / 4, height: fullHeight / 4 };
  const [luma, blue, red] = planes as [Plane, Plane?, Plane?];
  if (blue === undefined || red === undefined) {
    const samples = new Uint8Array(width * height);
    for (let y = 0; y < height; y++)
      samples.set(luma.samples.subarray(y * luma.width, y * luma.width + width), y * width);
    return { width, height, channels: 1, samples, extent };
  }
  const samples = new Uint8ClampedArray(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const brightness = luma.samples[y * luma.width + x]!;
      const cb = at(blue, luma, x, y) - 128;
      const cr = at(red, luma, x, y) - 128;
      samples[to] = brightness + 1.402 * cr;
      samples[to + 1] = brightness - 0.344136 * cb - 0.714136 * cr;
      samples[to + 2] = brightness + 1.772 * cb;
    }
  }
  return { width, height, channels: 3, samples: new Uint8Array(samples.buffer), extent };
}

/** A component with fewer samples, at a position of the brightness. */
function at(plane: Plane, luma: Plane, x: number, y: number): number {
  const column = plane.across === luma.across ? x : x >> 1;
  const row = plane.down === luma.down ? y : y >> 1;
  return plane.samples[row * plane.width + column]!;
}
