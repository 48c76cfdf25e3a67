/** @jest-environment ./test/helpers/one-realm-environment.js */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Precision } from '../../../src/core/precision';
import { loadFashionMnist } from '../../../src/dataset/fashion-mnist';
import type { ImageSet } from '../../../src/dataset/image-set';
import { loadSamples } from '../../../src/dataset/samples';
import { assertGolden } from '../../../src/inference/golden';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../../src/models/files';
import { int8Schema } from '../../../src/models/files/schema';
import { createRuntime } from '../../../src/inference/runtimes/index';
import { evaluate } from '../../../src/training/evaluate';
import { describeWith } from '../../helpers/parts';

jest.setTimeout(120_000);

/** Written for this model by `models quantize` of an earlier release. */
const EARLIER = path.join(__dirname, '../../fixtures/int8-schema-1.json');

let files: ModelFiles;

beforeAll(async () => {
  files = await readModelFiles(await resolveModelDir('fashion-mnist@1'));
});

async function accuracyOf(images: ImageSet, precision: Precision): Promise<number> {
  const runtime = createRuntime('onnx', precision);
  await runtime.load(files);
  const { accuracy } = await evaluate(images, (pixels, n) => runtime.predict(pixels, n));
  await runtime.dispose();
  return accuracy;
}

describe('the shipped model in 8-bit integers', () => {
  it('reproduces its golden vectors', async () => {
    const runtime = createRuntime('onnx', 'int8');
    await runtime.load(files);
    await assertGolden(runtime, files);
    await runtime.dispose();
  });

  it('reproduces the golden vectors of an earlier release, with the graph of that release', async () => {
    const facts = int8Schema.parse(JSON.parse(readFileSync(EARLIER, 'utf8')));
    const runtime = createRuntime('onnx', 'int8');
    await runtime.load({ ...files, int8: facts });
    await assertGolden(runtime, { ...files, int8: facts });
    await runtime.dispose();
  });

  it('is as accurate as in float32 on the samples, except for two images', async () => {
    const samples = await loadSamples();
    const lost = (await accuracyOf(samples, 'fp32')) - (await accuracyOf(samples, 'int8'));
    expect(Math.abs(lost * samples.size)).toBeLessThanOrEqual(2);
  });

  it('requires int8.json and reports the command that creates it', async () => {
    const { int8: _, ...without } = files;
    await expect(createRuntime('onnx', 'int8').load(without)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringMatching(/stream-infer models quantize fashion-mnist@\d+$/) as string,
    });
  });
});

describeWith(['dataset'], 'the shipped model in 8-bit integers, on the test set', () => {
  it('loses less than 0.3 points and has the documented accuracy', async () => {
    const test = await loadFashionMnist('test');
    const int8 = await accuracyOf(test, 'int8');
    expect(int8).toBeGreaterThan((await accuracyOf(test, 'fp32')) - 0.003);
    // Kernels of other processors round intermediate results differently.
    expect(int8).toBeCloseTo(files.int8!.accuracy!, 2);
  });
});
