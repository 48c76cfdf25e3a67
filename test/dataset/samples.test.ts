import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { loadDemoImages } from '../../src/dataset/fashion-mnist';
import { loadSamples } from '../../src/dataset/samples';

describe('loadSamples', () => {
  it('decodes the sheet to the pixels of the first test images', async () => {
    const { split, size, pixels, labels, indices } = await loadSamples();
    expect({ split, size, pixels: pixels.length, labels: labels.length }).toEqual({
      split: 'samples',
      size: 256,
      pixels: 256 * 784,
      labels: 256,
    });
    // The first test image, an ankle boot; the digest is that of bytes 16 to 800 of t10k-images-idx3-ubyte.
    expect([labels[0], indices?.[0]]).toEqual([9, 0]);
    expect(createHash('sha256').update(pixels.subarray(0, 784)).digest('hex')).toBe(
      'ffc7351ed0f8bae542820866086177fa4e0b366b97bf9d998dffdb8dbe138787',
    );
  });

  it('has 25 or 26 images of every class', async () => {
    const { labels } = await loadSamples();
    const counts = new Array<number>(10).fill(0);
    for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
    expect(counts).toEqual([26, 26, 26, 26, 26, 26, 25, 25, 25, 25]);
  });

  it('reports a damaged package', async () => {
    const nowhere = path.join(os.tmpdir(), 'stream-infer-no-such-folder');
    await expect(loadSamples(nowhere)).rejects.toMatchObject({ code: 'DATASET_MISSING' });
  });
});

it('never uses the samples when a folder is given', async () => {
  await expect(loadDemoImages({ dataDir: '/nowhere' })).rejects.toMatchObject({ code: 'DATASET_MISSING' });
});
