/** A decoded picture, row-major, channels interleaved: grey, grey + alpha, RGB or RGBA. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** 16-bit samples in the byte order of the machine. */
  readonly samples: Uint8Array | Uint16Array;
  /** The size of the picture in these pixels, where the last ones are covered in part. */
  readonly extent?: { readonly width: number; readonly height: number };
}

/** Colour values with coverage, row-major. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  /** Grey, or red, green and blue: 0–255, already multiplied with alpha. */
  readonly colours: readonly Float64Array[];
  /** 0 (transparent) – 1. */
  readonly alpha: Float64Array;
}

/**
 * Rotates the picture upright. `orientation` is EXIF's: 1 upright, 2 mirrored, 3 rotated by 180°, 4 mirrored top to
 * bottom, 5–8 with rows and columns exchanged.
 */
export function orient(image: Planes, orientation: number): Planes {
  if (orientation < 2 || orientation > 8) return image;
  const swapped = orientation >= 5;
  const width = swapped ? image.height : image.width;
  const height = swapped ? image.width : image.height;
  const sources = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) sources[y * width + x] = sourceIndex(image, orientation, x, y);
  }
  const turn = (plane: Float64Array): Float64Array => Float64Array.from(sources, (from) => plane[from]!);
  return { width, height, colours: image.colours.map(turn), alpha: turn(image.alpha) };
}

function sourceIndex({ width, height }: Planes, orientation: number, x: number, y: number): number {
  const [sx, sy] = orientation >= 5 ? [y, x] : [x, y];
  const mirrorX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const mirrorY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  return (mirrorY ? height - 1 - sy : sy) * width + (mirrorX ? width - 1 - sx : sx);
}
