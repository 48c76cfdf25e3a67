import path from 'node:path';
import type { z } from 'zod';
import { IMAGE_PIXELS } from '../../core/image';
import type { GoldenVectors, NewModel } from './model';
import { corrupt } from './problems';
import { GOLDEN, type goldenSchema } from './schema';

type GoldenJson = z.infer<typeof goldenSchema>;

/** Throws MODEL_CORRUPT for a vector of another size. */
export function parseGolden(golden: GoldenJson, classes: number, folder: string): GoldenVectors {
  const n = golden.vectors.length;
  const pixels = new Uint8Array(n * IMAGE_PIXELS);
  const probabilities = new Float32Array(n * classes);
  for (const [i, vector] of golden.vectors.entries()) {
    const image = Buffer.from(vector.pixels, 'base64');
    if (image.length !== IMAGE_PIXELS || vector.probabilities.length !== classes) {
      throw corrupt(
        path.join(folder, GOLDEN),
        `vector ${i} has ${image.length} pixels and ${vector.probabilities.length} probabilities; ` +
          `expected ${IMAGE_PIXELS} and ${classes}`,
      );
    }
    pixels.set(image, i * IMAGE_PIXELS);
    probabilities.set(vector.probabilities, i * classes);
  }
  return { n, pixels, probabilities };
}

export function toGoldenJson(golden: NewModel['golden']): GoldenJson {
  const classes = golden.probabilities.length / golden.n;
  const vectors = Array.from({ length: golden.n }, (_, i) => ({
    label: golden.labels[i] ?? 0,
    pixels: Buffer.from(golden.pixels.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS)).toString('base64'),
    probabilities: Array.from(golden.probabilities.subarray(i * classes, (i + 1) * classes)),
  }));
  return { runtime: golden.runtime, vectors };
}
