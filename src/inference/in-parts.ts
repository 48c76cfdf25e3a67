import type { ModelRuntime } from './runtimes/runtime';

type Predict = Pick<ModelRuntime, 'predict'>;

/** Pixels of one call, bytes. A network needs many times that memory for its layers. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Limits the memory of a call by the size of its images: 27 of 224 × 224 in colour. All batches of small images are
 * one call.
 */
export function inParts(runtime: Predict, imageBytes: number, mostBytes = MOST_BYTES): Predict {
  const most = Math.max(1, Math.floor(mostBytes / imageBytes));
  return {
    predict: (pixels, n) =>
      n <= most ? runtime.predict(pixels, n) : predictParts(runtime, pixels, { n, most, imageBytes }),
  };
}

async function predictParts(
  runtime: Predict,
  pixels: Uint8Array,
  { n, most, imageBytes }: { readonly n: number; readonly most: number; readonly imageBytes: number },
): Promise<Float32Array<ArrayBuffer>> {
  const parts: Float32Array[] = [];
  for (let start = 0; start < n; start += most) {
    const end = Math.min(n, start + most);
    parts.push(await runtime.predict(pixels.subarray(start * imageBytes, end * imageBytes), end - start));
  }
  const scores = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    scores.set(part, at);
    at += part.length;
  }
  return scores;
}
