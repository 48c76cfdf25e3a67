import { IMAGE_SIDE, type FileFormat } from './image';
import { bytesPerImage, type ModelShape } from './model-shape';

/** Longest side of an image that is kept to be shown, in pixels. */
export const THUMBNAIL_SIDE = 128;

export type PictureSize = Pick<ModelShape, 'width' | 'height' | 'channels'>;

/** An image file as a producer sent it, before it was scaled to the model's size. */
export interface OriginalImage {
  readonly format: FileFormat;
  /** Upright, after an EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
}

/** Parts of a decoded image that are kept. */
export interface KeptImage {
  /** Absent where the model's input is small enough. */
  readonly thumbnail?: Uint8Array;
  /** Absent for pixels that came without a file. */
  readonly original?: OriginalImage;
}

/** An image to show: the model's input, or a thumbnail of it. */
export interface Picture extends PictureSize {
  /** Row-major uint8, channels interleaved. */
  readonly pixels: Uint8Array;
}

/** The size of every picture that does not name one. */
export const DEFAULT_SIZE: PictureSize = { width: IMAGE_SIDE, height: IMAGE_SIDE, channels: 1 };

export function isDefaultSize({ width, height, channels }: PictureSize): boolean {
  return width === IMAGE_SIDE && height === IMAGE_SIDE && channels === 1;
}

/** Whether images of this size are kept as they are. */
export function isSmall({ width, height }: PictureSize): boolean {
  return Math.max(width, height) <= THUMBNAIL_SIDE;
}

export function thumbnailSize({ width, height, channels }: PictureSize): PictureSize {
  const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(width, height));
  const scaled = (side: number): number => Math.max(1, Math.round(side * scale));
  return { width: scaled(width), height: scaled(height), channels };
}

/** The image itself if it is small, else its thumbnail: the mean of the pixels under each new one. */
export function thumbnailOf(pixels: Uint8Array, size: PictureSize): Uint8Array {
  return isSmall(size) ? pixels : shrunk(pixels, size, thumbnailSize(size));
}

/** A picture of fewer pixels and the same channels: each is the mean of the pixels under it. */
export function shrunk(pixels: Uint8Array, size: PictureSize, { width, height }: PictureSize): Uint8Array {
  const { channels } = size;
  const columns = edges(size.width, width);
  const rows = edges(size.height, height);
  const thumbnail = new Uint8Array(width * height * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const box = [columns[x]!, columns[x + 1]!, rows[y]!, rows[y + 1]!] as const;
      for (let channel = 0; channel < channels; channel++) thumbnail[at++] = mean(pixels, size, box, channel);
    }
  }
  return thumbnail;
}

/** First pixel of each cell, and the end of the last one. */
function edges(pixels: number, cells: number): number[] {
  return Array.from({ length: cells + 1 }, (_, cell) => Math.floor((cell * pixels) / cells));
}

function mean(
  pixels: Uint8Array,
  { width, channels }: PictureSize,
  [left, right, top, bottom]: readonly [number, number, number, number],
  channel: number,
): number {
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    const row = y * width;
    for (let x = left; x < right; x++) sum += pixels[(row + x) * channels + channel]!;
  }
  return Math.round(sum / ((right - left) * (bottom - top)));
}

/** A model's input image with what is known about it. */
interface Pictured {
  readonly pixels: Uint8Array;
  /** Fashion-MNIST's if absent. */
  readonly imageSize?: PictureSize | undefined;
  readonly decoded?: KeptImage | undefined;
}

/** An image as it is kept; undefined where only the prediction was read. */
export function pictureOf(outcome: Pictured): Picture | undefined {
  if (outcome.pixels.length === 0) return undefined;
  return { ...thumbnailSize(outcome.imageSize ?? DEFAULT_SIZE), pixels: keptPixels(outcome) };
}

/** The pixels of that image, exactly as many as its size says; possibly a view of a larger buffer. */
export function keptPixels({ pixels, imageSize = DEFAULT_SIZE, decoded }: Pictured): Uint8Array {
  return decoded?.thumbnail ?? thumbnailOf(exactly(pixels, bytesPerImage(imageSize)), imageSize);
}

function exactly(pixels: Uint8Array, length: number): Uint8Array {
  if (pixels.length === length) return pixels;
  const exact = new Uint8Array(length);
  exact.set(pixels.subarray(0, length));
  return exact;
}
