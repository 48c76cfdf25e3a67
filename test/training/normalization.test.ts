import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describeWith } from '../helpers/parts';

const run = promisify(execFile);

describeWith(['tfjs-node'], 'fuseBatchNormalization', () => {
  it('gives the output, the gradients and the moving statistics that TF.js gives', async () => {
    // Inside the checkout, so that the packages are found.
    const cache = path.resolve(__dirname, '../.cache');
    await mkdir(cache, { recursive: true });
    const dir = await mkdtemp(path.join(cache, 'normalization-check-'));
    try {
      const outfile = path.join(dir, 'check.js');
      const entryPoints = [path.join(__dirname, 'normalization-check.ts')];
      await build({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external' });
      const { stdout } = await run(process.execPath, [outfile], { timeout: 100_000 });
      const differences = JSON.parse(stdout) as number[];
      // Output, gradient of the input, of gamma and beta; gamma, beta, moving mean and variance.
      expect(differences).toHaveLength(8);
      // TensorFlow divides the variance by n − 1, TF.js by n: of 200 values, half of which counts here, twice.
      const variance = differences.pop();
      expect(variance).toBeLessThan(9 * 0.01);
      for (const difference of differences) expect(difference).toBeLessThan(1e-3);
    } finally {
      await rm(dir, { recursive: true });
    }
  }, 120_000);
});
