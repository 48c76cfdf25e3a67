import { pixelsOf } from '../core/model-shape';
import { shapeOf, type ModelFiles } from '../models/files/model';
import type { ModelRuntime } from './runtimes/runtime';

/** Larger batches are not faster, and a busy machine would interrupt each of them. */
const MOST_IMAGES = 16;
/** The first calls allocate and choose kernels. */
const WARM_UP_ROUNDS = 2;
const LEAST_ROUNDS = 5;
const BUDGET_MS = 100;

/**
 * How many times as fast as `second` the runtime `first` is on this machine, by the shortest times of alternating batches:
 * other load lengthens single times, but not the shortest ones. Takes about 0.1 s.
 */
export async function speedupOf(
  first: ModelRuntime,
  second: ModelRuntime,
  { pixels, n }: Batch,
  now: () => number = () => performance.now(),
): Promise<number> {
  const timed = async (runtime: ModelRuntime): Promise<number> => {
    const startedAt = now();
    await runtime.predict(pixels, n);
    return now() - startedAt;
  };
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await both(timed, first, second);
  const shortest: [number, number] = [Infinity, Infinity];
  const startedAt = now();
  for (let round = 0; round < LEAST_ROUNDS || now() - startedAt < BUDGET_MS; round++) {
    const times = await both(timed, first, second);
    times.forEach((time, i) => (shortest[i] = Math.min(shortest[i]!, time)));
  }
  return shortest[1] / shortest[0];
}

export interface Batch {
  readonly pixels: Uint8Array;
  readonly n: number;
}

/** The images of the golden vectors, as often as a batch of the stream has place for them. */
export function batchLike({ golden, ...files }: ModelFiles, maxBatch: number): Batch {
  const n = Math.min(maxBatch, MOST_IMAGES);
  const pixels = Uint8Array.from(
    { length: n * pixelsOf(shapeOf(files)) },
    (_, i) => golden.pixels[i % golden.pixels.length]!,
  );
  return { pixels, n };
}

/** Never two at once: they would share the core. */
async function both(
  timed: (runtime: ModelRuntime) => Promise<number>,
  first: ModelRuntime,
  second: ModelRuntime,
): Promise<[number, number]> {
  return [await timed(first), await timed(second)];
}
