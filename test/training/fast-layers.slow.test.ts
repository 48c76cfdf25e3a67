import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describeWith, findPart, type Part } from '../helpers/parts';

const run = promisify(execFile);

/** Later versions of Node lack functions that tfjs-node calls. */
const LATER: readonly Part[] = ['node-24', 'node-26'];

describeWith(['tfjs-node', ...LATER], 'trainFast', () => {
  it.each([undefined, ...LATER])(
    'computes the same output, gradients and statistics as TF.js (%s)',
    async (part) => {
      const node = (part && findPart(part)) ?? process.execPath;
      // Inside the checkout, so that the packages are found.
      const cache = path.resolve(__dirname, '../.cache');
      await mkdir(cache, { recursive: true });
      const dir = await mkdtemp(path.join(cache, 'fast-layers-check-'));
      try {
        const outfile = path.join(dir, 'check.js');
        const entryPoints = [path.join(__dirname, 'fast-layers-check.ts')];
        await build({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external' });
        const { stdout } = await run(node, [outfile], { timeout: 100_000 });
        const { plain, normalized } = JSON.parse(stdout) as Record<string, Record<string, number>>;
        expect(Object.keys(plain!)).toEqual(['output', 'inferred', 'gradient 0', 'gradient 1']);
        for (const difference of Object.values(plain!)) expect(difference).toBeLessThan(1e-4);
        const { variance, inferred, ...others } = normalized!;
        // Kernel, gamma, beta.
        expect(Object.keys(others)).toEqual(['output', 'mean', 'gradient 0', 'gradient 1', 'gradient 2']);
        for (const difference of Object.values(others)) expect(difference).toBeLessThan(1e-3);
        // TensorFlow divides by one less for the moving variance, of 72 values; that is seen in inference, too.
        expect(variance).toBeLessThan(1.5);
        expect(inferred).toBeLessThan(0.1);
      } finally {
        await rm(dir, { recursive: true });
      }
    },
    120_000,
  );
});
