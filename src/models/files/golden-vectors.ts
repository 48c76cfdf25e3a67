import path from 'node:path';
import type { z } from 'zod';
import { pixelsOf, type ModelShape } from '../../core/model-shape';
import type { GoldenVectors, NewModel } from './model';
import { corrupt } from './problems';
import { GOLDEN, type goldenSchema } from './schema';

type GoldenJson = z.infer<typeof goldenSchema>;

/** Throws MODEL_CORRUPT for a vector of another size. */
export function parseGolden(golden: GoldenJson, shape: ModelShape, folder: string): GoldenVectors {
  const classes = shape.labels.length;
  const size = pixelsOf(shape);
  const n = golden.vectors.length;
  const pixels = new Uint8Array(n * size);
  const probabilities = new Float32Array(n * classes);
  for (const [i, vector] of golden.vectors.entries()) {
    const image = Buffer.from(vector.pixels, 'base64');
    if (image.length !== size || vector.probabilities.length !== classes) {
      throw corrupt(
        path.join(folder, GOLDEN),
        `vector ${i} has ${image.length} pixels and ${vector.probabilities.length} probabilities; ` +
          `expected ${size} and ${classes}`,
      );
    }
    pixels.set(image, i * size);
    probabilities.set(vector.probabilities, i * classes);
  }
  return { n, pixels, probabilities };
}

export function toGoldenJson(golden: NewModel['golden']): GoldenJson {
  const classes = golden.probabilities.length / golden.n;
  const size = golden.pixels.length / golden.n;
  const vectors = Array.from({ length: golden.n }, (_, i) => ({
    label: golden.labels[i] ?? 0,
    pixels: Buffer.from(golden.pixels.subarray(i * size, (i + 1) * size)).toString('base64'),
    probabilities: Array.from(golden.probabilities.subarray(i * classes, (i + 1) * classes)),
  }));
  return { runtime: golden.runtime, vectors };
}
