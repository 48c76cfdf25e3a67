import { IMAGE_PIXELS } from '../../core/image';
import { packBatch } from '../../core/packing';
import type { ImageSet } from '../../dataset/fashion-mnist';
import type { InferencePool } from '../../inference/pool';

/** Images/s of the pool alone, with all workers busy and no broker: what the stream can reach at the very most. */
export async function measureCeiling(
  pool: InferencePool,
  images: ImageSet,
  maxBatch: number,
  ms: number,
): Promise<number> {
  const size = Math.min(maxBatch, images.size);
  const items = Array.from({ length: size }, (_, i) => ({
    bytes: images.pixels.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS),
    format: 'raw' as const,
  }));
  let classified = 0;
  let until = performance.now() + ms / 4;
  const lane = async () => {
    while (performance.now() < until) {
      await pool.classify(packBatch(items));
      classified += size;
    }
  };
  // Two batches a worker, as the batcher keeps them; the first quarter is a warm-up and does not count.
  const lanes = () => Promise.all(Array.from({ length: pool.workers * 2 }, lane));
  await lanes();
  classified = 0;
  const startedAt = performance.now();
  until = startedAt + ms;
  await lanes();
  return classified / ((performance.now() - startedAt) / 1000);
}
