import type { ModelFiles } from '../../src/models/files';
import type { ModelRuntime } from '../../src/inference/runtimes/runtime';
import { batchLike, speedupOf } from '../../src/inference/speedup';

/** Runtimes on a clock that only their work moves. */
class Bench {
  now = 0;
  readonly calls: string[] = [];
  running = 0;

  /** @param ms of the first call, of the second and so on; the last one goes on for ever */
  runtime(name: string, ...ms: number[]): ModelRuntime {
    const predict = async (): Promise<Float32Array<ArrayBuffer>> => {
      expect(this.running++).toBe(0);
      await Promise.resolve();
      this.now += ms.length > 1 ? ms.shift()! : ms[0]!;
      this.calls.push(name);
      this.running--;
      return new Float32Array();
    };
    return { name: 'onnx', precision: 'int8', load: async () => {}, predict, dispose: () => undefined };
  }

  async speedup(first: ModelRuntime, second: ModelRuntime): Promise<number> {
    return await speedupOf(first, second, { pixels: new Uint8Array(784), n: 1 }, () => this.now);
  }
}

it('says how many times as fast the first one is', async () => {
  const bench = new Bench();
  expect(await bench.speedup(bench.runtime('a', 2), bench.runtime('b', 5))).toBe(2.5);
});

it('does not count the first calls, nor what other load adds', async () => {
  const bench = new Bench();
  const first = bench.runtime('a', 1, 1, 9, 2, 80, 2);
  const second = bench.runtime('b', 1, 1, 4, 70, 4);
  expect(await bench.speedup(first, second)).toBe(2);
});

it('lets them work by turns, never both at once, and not for long', async () => {
  const bench = new Bench();
  await bench.speedup(bench.runtime('a', 1), bench.runtime('b', 3));
  expect(bench.calls.slice(0, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(bench.now).toBeLessThan(150);
});

it('ends after a few rounds of a model that is very slow', async () => {
  const bench = new Bench();
  await bench.speedup(bench.runtime('a', 400), bench.runtime('b', 400));
  expect(bench.calls.length).toBeLessThanOrEqual(14);
});

it.each([
  [1, 1],
  [8, 8],
  [64, 16],
])('takes a batch like those of up to %i images', (maxBatch, n) => {
  const golden = { n: 2, pixels: Uint8Array.from({ length: 2 * 784 }, (_, i) => i % 251) };
  const files = { golden, manifest: { inputShape: [28, 28, 1] }, labels: [] } as unknown as ModelFiles;
  const batch = batchLike(files, maxBatch);
  expect([batch.n, batch.pixels.length]).toEqual([n, n * 784]);
  expect(batch.pixels.slice(0, 784)).toEqual(golden.pixels.slice(0, 784));
});
