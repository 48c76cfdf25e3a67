// @ts-check
// The model alone, no broker: node examples/classify.mjs [shirt.png …]
import { readFile } from 'node:fs/promises';
import { StreamInferError, loadModel, loadSamples } from 'stream-infer';

const files = process.argv.slice(2);
const model = await loadModel('fashion-mnist');
try {
  const { name, version, runtime } = model.identity;
  console.log(`${name}@${version} on ${runtime}, ${model.labels.length} classes`);
  const images = files.length > 0 ? await Promise.all(files.map((file) => readFile(file))) : await samples();
  for (const [i, result] of (await model.classifyAll(images)).entries()) {
    const what = files[i] ?? `sample ${i}`;
    if (result instanceof StreamInferError) console.log(`${what}: ${result.code}: ${result.message}`);
    else console.log(`${what}: ${result.className} (${(result.confidence * 100).toFixed(1)} %)`);
  }
} finally {
  await model.close();
}

/** Three real images, and something that is none. */
async function samples() {
  const { pixels } = await loadSamples();
  const images = [0, 1, 2].map((i) => pixels.subarray(i * 784, (i + 1) * 784));
  return [...images, Buffer.from('no image')];
}
