import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareWithExpected } from '../../src/cli/expected-scores';
import { kerasFiles } from '../helpers/keras-model';
import { npyBytes } from '../helpers/npy';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-expected-'))));
afterAll(() => rm(folder, { recursive: true }));

const model = (labels: readonly string[], activation: 'none' | 'softmax' | 'sigmoid' = 'none') => {
  const files = kerasFiles([]);
  return { ...files, shape: { ...files.shape, labels }, output: { activation, independent: false } };
};
async function compare(text: string, got: number[], files: ReturnType<typeof model>) {
  const file = path.join(folder, 'y.csv');
  await writeFile(file, text);
  return await compareWithExpected(
    file,
    Float32Array.from(got),
    got.length / files.shape.labels.length,
    files,
  );
}

describe('expected scores', () => {
  it('are compared with the results', async () => {
    const text = 'cat,dog\n0.25,0.75\n0.6,0.4\n';
    expect(await compare(text, [0.25, 0.75, 0.6, 0.4], model(['cat', 'dog']))).toMatchObject({
      images: 2,
      sameClass: 2,
    });
    await expect(compare(text, [0.25, 0.75, 0.4, 0.6], model(['cat', 'dog']))).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/difference is 0.200.*same for 1 of 2 images/) as string,
    });
    await expect(compare(text, [NaN, 0.75, 0.6, 0.4], model(['cat', 'dog']))).rejects.toThrow('Infinity');
  });

  it('may be one score of two, or logits', async () => {
    expect((await compare('0.75\n', [0.25, 0.75], model(['cat', 'dog']))).sameClass).toBe(1);
    const odds = Math.log(3);
    expect((await compare(`${odds}\n`, [0.25, 0.75], model(['cat', 'dog'], 'sigmoid'))).sameClass).toBe(1);
    const worst = await compare(`-1;${odds - 1};-1\n`, [0.2, 0.6, 0.2], model(['a', 'b', 'c'], 'softmax'));
    expect(worst.worstDifference).toBeLessThan(1e-6);
  });

  it('come from an .npy file too', async () => {
    const file = path.join(folder, 'y.npy');
    await writeFile(file, npyBytes('<f4', [1, 2], Float32Array.of(0.5, 0.5)));
    expect(
      (await compareWithExpected(file, Float32Array.of(0.5, 0.5), 1, model(['a', 'b']))).worstDifference,
    ).toBe(0);
  });

  it('of other images or classes are refused', async () => {
    await expect(compare('0.5,0.5\n', [0.5, 0.5, 0.5, 0.5], model(['a', 'b']))).rejects.toThrow(
      '1 × 2 scores',
    );
    await expect(compare('0.5,0.5\n0.5\n', [0.5, 0.5], model(['a', 'b']))).rejects.toThrow('row 2');
  });
});
