import { loadFashionMnist } from '../../src/dataset/fashion-mnist';
import { locateDataset } from '../../src/dataset/locate';
import { loadSamples } from '../../src/dataset/samples';

it('the samples match the test set, if installed', async () => {
  if (!(await locateDataset('test'))) return;
  const [samples, test] = [await loadSamples(), await loadFashionMnist('test')];
  samples.indices?.forEach((index, i) => {
    const sample = samples.pixels.subarray(i * 784, (i + 1) * 784);
    expect(Buffer.compare(sample, test.pixels.subarray(index * 784, (index + 1) * 784))).toBe(0);
    expect(samples.labels[i]).toBe(test.labels[index]);
  });
});
