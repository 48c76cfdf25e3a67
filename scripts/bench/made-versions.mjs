// Creates two versions of the packaged model with the same predictions.
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const NAME = 'fashion-mnist';

/** Returns the folder of versions 1 and 2. */
export async function makeVersions(root, dist) {
  const { defaultModelsRoot, readModelFiles, writeModelFiles } = require(
    join(dist, 'models', 'files', 'index.js'),
  );
  const folder = join(root, NAME);
  await mkdir(folder, { recursive: true });
  await cp(join(defaultModelsRoot(), NAME, '1'), join(folder, '1'), { recursive: true });
  const files = await readModelFiles(join(folder, '1'));
  const weights = new Float32Array(files.network.weightData.slice(0));
  // Different bytes, the same predictions.
  weights[0] += 1e-6;
  await writeModelFiles(join(folder, '2'), {
    ...files,
    ...files.network,
    labels: files.shape.labels,
    version: 2,
    accuracy: files.manifest.accuracy,
    weightData: weights.buffer,
    golden: { ...files.golden, labels: new Uint8Array(files.golden.n), runtime: 'bench' },
    card: '# A version for a benchmark\n',
  });
  return folder;
}
