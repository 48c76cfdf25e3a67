import { evaluate } from '../../src/training/evaluate';

/** An image whose first pixel is its class. */
function labelled(labels: number[]) {
  const pixels = new Uint8Array(labels.length * 784);
  labels.forEach((label, i) => (pixels[i * 784] = label));
  return { pixels, labels: Uint8Array.from(labels) };
}

/** Sees the class in the first pixel, but takes 9 for 0. */
function classify(pixels: Uint8Array, n: number): Float32Array {
  const probabilities = new Float32Array(n * 10);
  for (let i = 0; i < n; i++) probabilities[i * 10 + ((pixels[i * 784] ?? 0) % 9)] = 1;
  return probabilities;
}

describe('evaluate', () => {
  it('classifies all images in batches, the last one smaller', async () => {
    const sizes: number[] = [];
    const seen: number[] = [];
    const metrics = await evaluate(
      labelled([1, 2, 3, 9, 5]),
      async (pixels, n) => {
        sizes.push(n);
        return classify(pixels, n);
      },
      { batchSize: 2, onProgress: (done) => seen.push(done) },
    );
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual([2, 4, 5]);
    expect([metrics.correct, metrics.n]).toEqual([4, 5]);
    expect(metrics.confusion[9]?.[0]).toBe(1);
  });

  it('stops between two batches when cancelled', async () => {
    const controller = new AbortController();
    const cancelling = (pixels: Uint8Array, n: number) => {
      controller.abort();
      return classify(pixels, n);
    };
    const promise = evaluate(labelled([1, 2, 3]), cancelling, { batchSize: 1, signal: controller.signal });
    await expect(promise).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
