/** A decoded picture, row-major, channels interleaved: grey, grey + alpha, RGB or RGBA. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** 16-bit samples in the byte order of the machine. */
  readonly samples: Uint8Array | Uint16Array;
}

/** Grey values with coverage, row-major. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** 0–255, already multiplied with alpha. */
  readonly grey: Float64Array;
  /** 0 (transparent) – 1. */
  readonly alpha: Float64Array;
}

/**
 * Scales to `width` × `height` by area averaging: each target pixel is the mean of the source pixels below it,
 * weighted by their covered share. The same size is unchanged. Colours become grey with the weights of ITU-R BT.601
 * (0.299 R + 0.587 G + 0.114 B), as in Pillow's "L" mode.
 */
export function shrink(raster: Raster, width: number, height: number): GreyImage {
  const grey = new Float64Array(width * height);
  const alpha = new Float64Array(width * height);
  const row: Row = { grey: new Float64Array(width), alpha: new Float64Array(width) };
  const step = raster.height / height;
  let loaded = -1;
  for (let y = 0; y < height; y++) {
    const top = y * step;
    const bottom = (y + 1) * step;
    for (let sy = Math.floor(top); sy < bottom && sy < raster.height; sy++) {
      // A row on the edge of two target rows is needed twice.
      if (sy !== loaded) shrinkRow(raster, sy, row);
      loaded = sy;
      const weight = (Math.min(bottom, sy + 1) - Math.max(top, sy)) / step;
      for (let x = 0; x < width; x++) {
        grey[y * width + x]! += weight * row.grey[x]!;
        alpha[y * width + x]! += weight * row.alpha[x]!;
      }
    }
  }
  return { width, height, grey, alpha };
}

interface Row {
  readonly grey: Float64Array;
  readonly alpha: Float64Array;
}

/** One source row, averaged in x. */
function shrinkRow(raster: Raster, y: number, row: Row): void {
  const { samples, channels } = raster;
  const max = samples.BYTES_PER_ELEMENT === 2 ? 65_535 : 255;
  const coloured = channels >= 3;
  const transparent = channels === 2 || channels === 4;
  const step = raster.width / row.grey.length;
  const scale = 255 / (max * step);
  for (let x = 0; x < row.grey.length; x++) {
    const left = x * step;
    const right = (x + 1) * step;
    let sum = 0;
    let cover = 0;
    for (let sx = Math.floor(left); sx < right && sx < raster.width; sx++) {
      const weight = (sx + 1 < right ? sx + 1 : right) - (sx > left ? sx : left);
      const at = (y * raster.width + sx) * channels;
      const luma = coloured
        ? (299 * samples[at]! + 587 * samples[at + 1]! + 114 * samples[at + 2]!) / 1000
        : samples[at]!;
      const share = transparent ? (weight * samples[at + channels - 1]!) / max : weight;
      sum += luma * share;
      cover += share;
    }
    row.grey[x] = sum * scale;
    row.alpha[x] = cover / step;
  }
}

/**
 * Rotates the picture upright. `orientation` is EXIF's: 1 upright, 2 mirrored, 3 rotated by 180°, 4 mirrored top to
 * bottom, 5–8 with rows and columns exchanged.
 */
export function orient(image: GreyImage, orientation: number): GreyImage {
  if (orientation < 2 || orientation > 8) return image;
  const swapped = orientation >= 5;
  const width = swapped ? image.height : image.width;
  const height = swapped ? image.width : image.height;
  const grey = new Float64Array(width * height);
  const alpha = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = sourceIndex(image, orientation, x, y);
      grey[y * width + x] = image.grey[from]!;
      alpha[y * width + x] = image.alpha[from]!;
    }
  }
  return { width, height, grey, alpha };
}

function sourceIndex({ width, height }: GreyImage, orientation: number, x: number, y: number): number {
  const [sx, sy] = orientation >= 5 ? [y, x] : [x, y];
  const mirrorX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const mirrorY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  return (mirrorY ? height - 1 - sy : sy) * width + (mirrorX ? width - 1 - sx : sx);
}
