import { StreamInferError } from '../../src/core/errors';
import { FASHION_MNIST } from '../../src/core/model-shape';
import type { Precision } from '../../src/core/precision';
import {
  batchLike,
  choiceWithoutMeasuring,
  loadChosen,
  speedupOf,
} from '../../src/inference/choose-precision';
import type { ModelFiles } from '../../src/models/files';
import type { ModelRuntime } from '../../src/inference/runtimes/runtime';

/** One vector of two classes. */
const files = {
  name: 'tiny',
  version: 1,
  dir: '/models/tiny/1',
  golden: { n: 1, pixels: new Uint8Array(784), probabilities: Float32Array.of(0.9, 0.1) },
  int8: { golden: [0.85, 0.15] },
} as unknown as ModelFiles;

const RIGHT: Record<Precision, number[]> = { fp32: [0.9, 0.1], int8: [0.85, 0.15] };

class FakeRuntime implements ModelRuntime {
  readonly name = 'onnx';
  loaded = false;

  constructor(
    readonly precision: Precision,
    private readonly gives: readonly number[],
    private readonly error?: StreamInferError,
  ) {}

  async load(): Promise<void> {
    if (this.error) return await Promise.reject(this.error);
    this.loaded = true;
  }

  predict(): Float32Array<ArrayBuffer> {
    return Float32Array.from(this.gives);
  }

  predictNumbers(): Promise<never> {
    return Promise.reject(new Error('no numbers'));
  }

  dispose(): void {
    this.loaded = false;
  }
}

/** The choice, and the runtimes that stay loaded. */
async function choose(
  speedup: number,
  {
    gives = {},
    error = {},
  }: { gives?: Partial<typeof RIGHT>; error?: Record<string, StreamInferError> } = {},
) {
  const made: FakeRuntime[] = [];
  const measured = jest.fn(() => Promise.resolve(speedup));
  const create = (precision: Precision): ModelRuntime => {
    const runtime = new FakeRuntime(precision, gives[precision] ?? RIGHT[precision], error[precision]);
    made.push(runtime);
    return runtime;
  };
  const loadedNow = () => made.filter(({ loaded }) => loaded).map(({ precision }) => precision);
  const chosen = loadChosen({ files, create, maxBatch: 64, speedup: measured }).finally(() =>
    expect(made).not.toEqual([]),
  );
  const [outcome] = await Promise.allSettled([chosen]);
  return { outcome, loaded: loadedNow(), measured };
}

describe('the precision auto', () => {
  it.each([
    [2.34, 'int8', '2.3 × as fast as fp32 here'],
    [1.2, 'int8', '1.2 × as fast as fp32 here'],
    [1.19, 'fp32', 'int8 is 1.19 × as fast as fp32 here'],
    [0.42, 'fp32', 'int8 is 0.42 × as fast as fp32 here'],
    [NaN, 'fp32', 'int8 is NaN × as fast as fp32 here'],
  ] as const)('at %p times the speed is %s, and unloads the other', async (speedup, precision, reason) => {
    const { outcome, loaded } = await choose(speedup);
    expect(outcome).toMatchObject({
      status: 'fulfilled',
      value: { runtime: { precision }, choice: { precision, reason } },
    });
    expect(loaded).toEqual([precision]);
  });

  it('is fp32 if int8 is inaccurate on the processor, even if faster', async () => {
    const { outcome, loaded, measured } = await choose(3, { gives: { int8: [0.6, 0.4] } });
    const choice = { precision: 'fp32', reason: 'int8 is inaccurate on this processor' };
    expect(outcome).toMatchObject({ value: { runtime: { precision: 'fp32' }, choice } });
    expect(loaded).toEqual(['fp32']);
    expect(measured).not.toHaveBeenCalled();
  });

  it('is fp32 if int8 does not load', async () => {
    const error = { int8: new StreamInferError('MODEL_CORRUPT', 'no such kernel') };
    const { outcome, loaded } = await choose(3, { error });
    const choice = { precision: 'fp32', reason: 'int8 does not load: no such kernel' };
    expect(outcome).toMatchObject({ value: { choice } });
    expect(loaded).toEqual(['fp32']);
  });

  it('rejects if fp32 does not load either, so that the next runtime is tried', async () => {
    const error = { fp32: new StreamInferError('RUNTIME_UNAVAILABLE', 'no library') };
    const { outcome, loaded } = await choose(3, { error });
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'RUNTIME_UNAVAILABLE' } });
    expect(loaded).toEqual([]);
  });
});

describe('choiceWithoutMeasuring', () => {
  it('is fp32 for a model without int8.json', () => {
    expect(choiceWithoutMeasuring({}, 'onnx')).toEqual({
      precision: 'fp32',
      reason: 'the model has no int8.json',
    });
  });

  it.each(['tfjs-node', 'tfjs-wasm'] as const)('is fp32 on %s', (runtime) => {
    const choice = { precision: 'fp32', reason: 'int8 requires the runtime onnx' };
    expect(choiceWithoutMeasuring(files, runtime)).toEqual(choice);
  });

  it('is undefined if int8 is possible', () => {
    expect(choiceWithoutMeasuring(files, 'onnx')).toBeUndefined();
  });
});

/** Runtimes on a fake clock that advances with their work. */
class Bench {
  now = 0;
  readonly calls: string[] = [];
  running = 0;

  /** @param ms of the first call, of the second and so on; the last one repeats */
  runtime(name: string, ...ms: number[]): ModelRuntime {
    const predict = async (): Promise<Float32Array<ArrayBuffer>> => {
      expect(this.running++).toBe(0);
      await Promise.resolve();
      this.now += ms.length > 1 ? ms.shift()! : ms[0]!;
      this.calls.push(name);
      this.running--;
      return new Float32Array();
    };
    return {
      name: 'onnx',
      precision: 'int8',
      load: async () => {},
      predict,
      predictNumbers: () => Promise.reject(new Error('no numbers')),
      dispose: () => undefined,
    };
  }

  async speedup(first: ModelRuntime, second: ModelRuntime): Promise<number> {
    return await speedupOf(first, second, { pixels: new Uint8Array(784), n: 1 }, () => this.now);
  }
}

describe('the speed comparison', () => {
  it('is the speed of the first runtime relative to the second', async () => {
    const bench = new Bench();
    expect(await bench.speedup(bench.runtime('a', 2), bench.runtime('b', 5))).toBe(2.5);
  });

  it('ignores the first calls and the effect of other load', async () => {
    const bench = new Bench();
    const first = bench.runtime('a', 1, 1, 9, 2, 80, 2);
    const second = bench.runtime('b', 1, 1, 4, 70, 4);
    expect(await bench.speedup(first, second)).toBe(2);
  });

  it('alternates the runtimes without overlap, for a short time', async () => {
    const bench = new Bench();
    await bench.speedup(bench.runtime('a', 1), bench.runtime('b', 3));
    expect(bench.calls.slice(0, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(bench.now).toBeLessThan(150);
  });

  it('ends after a few rounds of a very slow model', async () => {
    const bench = new Bench();
    await bench.speedup(bench.runtime('a', 400), bench.runtime('b', 400));
    expect(bench.calls.length).toBeLessThanOrEqual(14);
  });

  it.each([
    [1, 1],
    [8, 8],
    [64, 16],
  ])('measures with a batch like those of up to %i images', (maxBatch, n) => {
    const golden = { n: 2, pixels: Uint8Array.from({ length: 2 * 784 }, (_, i) => i % 251) };
    const files = { golden, shape: FASHION_MNIST } as unknown as ModelFiles;
    const batch = batchLike(files, maxBatch);
    expect([batch.n, batch.pixels.length]).toEqual([n, n * 784]);
    expect(batch.pixels.slice(0, 784)).toEqual(golden.pixels.slice(0, 784));
  });
});
