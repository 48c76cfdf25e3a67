// @ts-check
// Another dataset and model, from training to predictions: node examples/other-model.mjs [folder]
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { connectBroker, createPipeline, loadModel } from 'stream-infer';
import { until } from './broker.mjs';

// The dataset: bright bars on black with noise, 12 rows of 20 pixels. Any dataset of grey images works.
const HEIGHT = 12;
const WIDTH = 20;
const LABELS = ['horizontal', 'vertical', 'diagonal'];

/** @param {number} label */
function picture(label) {
  const at = 3 + Math.floor(Math.random() * 6);
  return Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
    const [y, x] = [Math.floor(i / WIDTH), i % WIDTH];
    const distance = [y - at, x - 2 * at, y - x + at][label] ?? 0;
    return Math.abs(distance) <= 1 ? 200 + Math.random() * 55 : Math.random() * 60;
  });
}

// 1. Train with TF.js (or convert a Keras model with tensorflowjs_converter). Pixels go in as 0–1, probabilities come out.
const truth = Array.from({ length: 300 }, (_, i) => i % LABELS.length);
const inputs = tf.tensor4d(
  Float32Array.from(truth.flatMap((label) => [...picture(label)].map((pixel) => pixel / 255))),
  [truth.length, HEIGHT, WIDTH, 1],
);
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [HEIGHT, WIDTH, 1], filters: 4, kernelSize: 3, activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: LABELS.length, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.02), loss: 'sparseCategoricalCrossentropy' });
await model.fit(inputs, tf.tensor1d(truth, 'float32'), { epochs: 10, verbose: 0 });

// 2. Save the model and the names of its classes in one folder. `--model` takes this folder.
const folder = process.argv[2] ?? join(await mkdtemp(join(tmpdir(), 'other-model-')), 'bars');
await mkdir(folder, { recursive: true });
await model.save(
  tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    const json = { format: 'layers-model', modelTopology, weightsManifest };
    await writeFile(join(folder, 'model.json'), JSON.stringify(json));
    await writeFile(
      join(folder, 'weights.bin'),
      Buffer.from(tf.io.CompositeArrayBuffer.join(weightData ?? new ArrayBuffer(0))),
    );
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }),
);
await writeFile(join(folder, 'labels.json'), JSON.stringify(LABELS));

// 3. Classify in process …
const loaded = await loadModel(folder, { invert: 'never' });
const images = [0, 1, 2].map((label) => picture(label));
for (const result of await loaded.classifyAll(images))
  console.log('className' in result ? `${result.className}` : result.message);
await loaded.close();

// 4. … or a stream of images. `run --model ./bars --broker …` does the same.
const broker = await connectBroker({ kind: 'memory' });
const pipeline = await createPipeline({ broker, config: { inference: { model: folder, workers: 1 } } });
/** @type {Map<string | null, string>} */
const seen = new Map();
broker.createConsumer('predictions', { group: 'reader' }, ({ key, value }) => {
  seen.set(key, JSON.parse(value.toString()).className);
});
const producer = broker.createProducer('images');
await producer.sendAll(images.map((value, i) => ({ key: LABELS[i] ?? '', value })));
await until(() => seen.size === 3);
console.log('by the stream:', LABELS.map((label) => seen.get(label)).join(', '));
await pipeline.close();
await broker.close();
