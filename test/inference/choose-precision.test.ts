import { StreamInferError } from '../../src/core/errors';
import type { Precision } from '../../src/core/precision';
import { choiceWithoutMeasuring, loadChosen } from '../../src/inference/choose-precision';
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

  dispose(): void {
    this.loaded = false;
  }
}

/** What is chosen, and which runtimes are left loaded. */
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

describe('The precision auto', () => {
  it.each([
    [2.34, 'int8', '2.3 × fp32 here'],
    [1.2, 'int8', '1.2 × fp32 here'],
    [1.19, 'fp32', 'int8 is 1.19 × fp32 here'],
    [0.42, 'fp32', 'int8 is 0.42 × fp32 here'],
    [NaN, 'fp32', 'int8 is NaN × fp32 here'],
  ] as const)(
    'at %p times the speed is %s, and only that stays loaded',
    async (speedup, precision, reason) => {
      const { outcome, loaded } = await choose(speedup);
      expect(outcome).toMatchObject({
        status: 'fulfilled',
        value: { runtime: { precision }, choice: { precision, reason } },
      });
      expect(loaded).toEqual([precision]);
    },
  );

  it('is fp32 where the processor computes int8 inaccurately, however fast', async () => {
    const { outcome, loaded, measured } = await choose(3, { gives: { int8: [0.6, 0.4] } });
    const choice = { precision: 'fp32', reason: 'int8 is inaccurate on this processor' };
    expect(outcome).toMatchObject({ value: { runtime: { precision: 'fp32' }, choice } });
    expect(loaded).toEqual(['fp32']);
    expect(measured).not.toHaveBeenCalled();
  });

  it('is fp32 where int8 does not load', async () => {
    const error = { int8: new StreamInferError('MODEL_CORRUPT', 'no such kernel') };
    const { outcome, loaded } = await choose(3, { error });
    const choice = { precision: 'fp32', reason: 'int8 does not load: no such kernel' };
    expect(outcome).toMatchObject({ value: { choice } });
    expect(loaded).toEqual(['fp32']);
  });

  it('is no precision where fp32 does not load either: the next runtime may', async () => {
    const error = { fp32: new StreamInferError('RUNTIME_UNAVAILABLE', 'no library') };
    const { outcome, loaded } = await choose(3, { error });
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'RUNTIME_UNAVAILABLE' } });
    expect(loaded).toEqual([]);
  });
});

describe('choiceWithoutMeasuring', () => {
  it('is fp32 for a model that was not made for int8', () => {
    expect(choiceWithoutMeasuring({}, 'onnx')).toEqual({
      precision: 'fp32',
      reason: 'the model has no int8.json',
    });
  });

  it.each(['tfjs-node', 'tfjs-wasm'] as const)('is fp32 on %s', (runtime) => {
    const choice = { precision: 'fp32', reason: 'int8 needs the runtime onnx' };
    expect(choiceWithoutMeasuring(files, runtime)).toEqual(choice);
  });

  it('is none where int8 is possible', () => {
    expect(choiceWithoutMeasuring(files, 'onnx')).toBeUndefined();
  });
});
