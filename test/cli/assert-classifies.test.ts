import { assertClassifies } from '../../src/cli/assert-classifies';
import { computeBaseline } from '../../src/cli/actions/models-baseline';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeDetector } from '../helpers/detector';

it('a classifier has true classes to compare with', () => {
  expect(() => {
    assertClassifies({ dir: 'mine', output: { activation: 'none', independent: false } });
  }).not.toThrow();
});

it('the baseline of a model that finds objects is refused', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-baseline-'));
  try {
    await writeDetector(folder, 'yolo');
    await expect(computeBaseline(folder, { seed: 1, images: [folder] })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('finds objects, and boxes have no true class') as string,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
