import { luma } from './background';
import { difference, plainBackground, type PlainBackground } from './plain-background';
import type { Planes, Raster } from './raster';
import { resample, type Region } from './resample';

/** Longest side of the picture in which the object is looked for, pixels. */
const LOOKED_AT = 192;
/** Neighbours, of nine pixels with the middle, that a pixel of the object has at least; noise has fewer. */
const LEAST_NEIGHBOURS = 5;
/** Parts smaller than this share of the largest one are dust. */
const LEAST_PART = 0.02;
/** Of the picture; less is noise. */
const LEAST_OBJECT = 0.002;

/** An object, and the grey of the background around it. */
export interface Content {
  readonly region: Region;
  /** In the middle of the region, 0–255. */
  readonly background: number;
  /** Usual deviation from it. */
  readonly noise: number;
  /** The background is transparent. */
  readonly isCutOut: boolean;
}

/**
 * Finds the object on a plain background: the part of the picture that holds everything that differs from its border.
 * Undefined where the border is not plain, or where there is nothing.
 */
export function findContent(raster: Raster): Content | undefined {
  const image = toLookAt(raster);
  const background = plainBackground(image);
  if (background === undefined) return undefined;
  const differs = Uint8Array.from(image.alpha, (_, at) =>
    difference(image, background.planes, at) > background.tolerance ? 1 : 0,
  );
  const box = boxOf(withoutDust(differs, image), image);
  if (box === undefined) return undefined;
  const values = valuesAt(background, box);
  const isCutOut = raster.channels % 2 === 0 && values.at(-1)! < 128;
  const grey = raster.channels >= 3 ? luma(values[0]!, values[1]!, values[2]!) : values[0]!;
  return { region: inPicture(box, image, raster), background: grey, noise: background.noise, isCutOut };
}

/** Transparency is one more colour: what is behind it is background. */
function toLookAt(raster: Raster): Planes {
  const scale = Math.min(1, LOOKED_AT / Math.max(raster.width, raster.height));
  const width = Math.max(1, Math.round(raster.width * scale));
  const height = Math.max(1, Math.round(raster.height * scale));
  const whole = { left: 0, top: 0, width: raster.width, height: raster.height };
  const channels = raster.channels >= 3 ? 3 : 1;
  const image = resample(raster, whole, { width, height, channels, filter: 'area' });
  if (raster.channels % 2 === 1) return image;
  return { ...image, colours: [...image.colours, image.alpha.map((alpha) => alpha * 255)] };
}

type Size = Pick<Planes, 'width' | 'height'>;

interface Box {
  readonly left: number;
  readonly top: number;
  /** Position after the last pixel. */
  readonly right: number;
  readonly bottom: number;
  readonly area: number;
}

function withoutDust(differs: Uint8Array, { width, height }: Size): Uint8Array {
  return differs.map((value, at) => {
    if (value === 0) return 0;
    const x = at % width;
    const y = (at - x) / width;
    let neighbours = 0;
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++)
        neighbours += differs[row * width + column]!;
    }
    return neighbours >= LEAST_NEIGHBOURS ? 1 : 0;
  });
}

/** Around all parts that are not dust. */
function boxOf(object: Uint8Array, size: Size): Box | undefined {
  const parts = partsOf(object, size);
  const largest = Math.max(0, ...parts.map(({ area }) => area));
  if (largest < LEAST_OBJECT * object.length) return undefined;
  return parts
    .filter(({ area }) => area >= LEAST_PART * largest)
    .reduce((a, b) => ({
      left: Math.min(a.left, b.left),
      top: Math.min(a.top, b.top),
      right: Math.max(a.right, b.right),
      bottom: Math.max(a.bottom, b.bottom),
      area: a.area + b.area,
    }));
}

/** Connected pixels, also over corners. Each pixel is visited once. */
function partsOf(object: Uint8Array, { width, height }: Size): Box[] {
  const left = object.slice();
  const parts: Box[] = [];
  const stack: number[] = [];
  for (let start = left.indexOf(1); start >= 0; start = left.indexOf(1, start + 1)) {
    let box: Box = { left: width, top: height, right: 0, bottom: 0, area: 0 };
    left[start] = 0;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      box = {
        left: Math.min(box.left, x),
        top: Math.min(box.top, y),
        right: Math.max(box.right, x + 1),
        bottom: Math.max(box.bottom, y + 1),
        area: box.area + 1,
      };
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const next = row * width + column;
          if (left[next] === 0) continue;
          left[next] = 0;
          stack.push(next);
        }
      }
    }
    parts.push(box);
  }
  return parts;
}

/** Colours of the background in the middle of the box. */
function valuesAt({ planes }: PlainBackground, { left, right, top, bottom }: Box): number[] {
  return planes.map(({ base, perColumn, perRow }) => {
    const value = base + (perColumn * (left + right) + perRow * (top + bottom)) / 2;
    return Math.min(255, Math.max(0, value));
  });
}

function inPicture({ left, top, right, bottom }: Box, image: Size, picture: Size): Region {
  const [x, y] = [picture.width / image.width, picture.height / image.height];
  return { left: left * x, top: top * y, width: (right - left) * x, height: (bottom - top) * y };
}
