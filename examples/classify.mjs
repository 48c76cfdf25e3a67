// @ts-check
// The model without a broker: node examples/classify.mjs [examples/ankle-boot.png …]
import { readFile } from 'node:fs/promises';
import { StreamInferError, loadModel, loadSamples } from 'stream-infer';

const files = process.argv.slice(2);
const model = await loadModel('fashion-mnist');
try {
  const { name, version, runtime } = model.identity;
  console.log(`${name}@${version} on ${runtime}, ${model.labels.length} classes`);
  const images = files.length > 0 ? await Promise.all(files.map((file) => readFile(file))) : await samples();
  for (const [i, result] of (await model.classifyAll(images)).entries()) {
    const name = files[i] ?? `sample ${i}`;
    if (result instanceof StreamInferError) console.log(`${name}: ${result.code}: ${result.message}`);
    else console.log(`${name}: ${result.className} (${(result.confidence * 100).toFixed(1)} %)`);
  }
} finally {
  await model.close();
}

/** Three real images, and an invalid one. */
async function samples() {
  const { pixels } = await loadSamples();
  const images = [0, 1, 2].map((i) => pixels.subarray(i * 784, (i + 1) * 784));
  return [...images, Buffer.from('no image')];
}
