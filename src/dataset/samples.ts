import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Transformer } from '@napi-rs/image';
import { StreamInferError } from '../core/errors';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import type { ImageSet } from './image-set';

const SHEET = 'fashion-mnist-256.png';
const LABELS = 'fashion-mnist-256.json';
const COLUMNS = 16;
const SHEET_SIDE = COLUMNS * IMAGE_SIDE;

interface SampleLabels {
  /** Positions in the test set, row by row. */
  readonly indices: number[];
  readonly labels: number[];
}

/**
 * The 256 packaged test images: a sheet of 16 × 16 images and their labels. Rejects with DATASET_MISSING if
 * the package is damaged.
 */
export async function loadSamples(dir = path.join(__dirname, 'samples')): Promise<ImageSet> {
  try {
    const [png, text] = await Promise.all([
      readFile(path.join(dir, SHEET)),
      readFile(path.join(dir, LABELS), 'utf8'),
    ]);
    const { indices, labels } = JSON.parse(text) as SampleLabels;
    return {
      split: 'samples',
      size: labels.length,
      pixels: cutSheet(await decodeSheet(png)),
      labels: Uint8Array.from(labels),
      indices: Uint16Array.from(indices),
    };
  } catch (error) {
    throw StreamInferError.from(error, 'DATASET_MISSING', `the packaged samples in ${dir} cannot be read: `);
  }
}

/** 448 × 448 grey values, row-major. */
async function decodeSheet(png: Buffer): Promise<Uint8Array> {
  const decoder = new Transformer(png);
  const { width, height } = await decoder.metadata();
  const grey = await decoder.rawPixels();
  if (width !== SHEET_SIDE || height !== SHEET_SIDE || grey.length !== SHEET_SIDE * SHEET_SIDE) {
    throw new StreamInferError(
      'DATASET_CORRUPT',
      `${SHEET} is not ${SHEET_SIDE} × ${SHEET_SIDE} grey pixels`,
    );
  }
  return grey;
}

/** Converts a picture of 16 × 16 tiles to 256 × 784 pixels. */
function cutSheet(sheet: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(COLUMNS * COLUMNS * IMAGE_PIXELS);
  for (let i = 0; i < COLUMNS * COLUMNS; i++) {
    const left = (i % COLUMNS) * IMAGE_SIDE;
    const top = Math.floor(i / COLUMNS) * IMAGE_SIDE;
    for (let y = 0; y < IMAGE_SIDE; y++) {
      const start = (top + y) * SHEET_SIDE + left;
      pixels.set(sheet.subarray(start, start + IMAGE_SIDE), i * IMAGE_PIXELS + y * IMAGE_SIDE);
    }
  }
  return pixels;
}
