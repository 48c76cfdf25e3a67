/**
 * Creates src/bench/crayfish, the untrained feed-forward network of Crayfish (784–32–32–32–32–10) with seeded weights.
 * Run it after a build, since it uses the model writer in dist: node scripts/bench/make-crayfish-model.mjs
 */
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');

const SIDE = 28;
const HIDDEN_LAYERS = 4;
const HIDDEN_UNITS = 32;
const CLASSES = 10;
const SEED = 28_618;
const GOLDEN_COUNT = 4;
const target = fileURLToPath(new URL('../../src/bench/crayfish', import.meta.url));

const { values } = parseArgs({ options: { dist: { type: 'string', default: '../../dist' } } });
const { writeModelFiles } = require(`${values.dist}/models/files/index.js`);
const { CLASS_NAMES } = require(`${values.dist}/core/labels.js`);

await tf.setBackend('cpu');
const model = createNetwork();
await rm(target, { recursive: true, force: true });
await writeModelFiles(target, {
  name: 'crayfish-ffnn',
  version: 1,
  accuracy: 0,
  labels: CLASS_NAMES,
  ...(await artifactsOf(model)),
  golden: goldenOf(model),
  card: '# crayfish-ffnn\n\nAn untrained network with seeded weights, only for timing: `stream-infer bench --profile crayfish`.\n',
});

function createNetwork() {
  const dense = (units, activation, nth) =>
    tf.layers.dense({
      name: `dense_${nth}`,
      units,
      activation,
      kernelInitializer: tf.initializers.heUniform({ seed: SEED + nth }),
    });
  return tf.sequential({
    name: 'crayfish_ffnn',
    layers: [
      tf.layers.flatten({ name: 'flatten', inputShape: [SIDE, SIDE, 1] }),
      ...Array.from({ length: HIDDEN_LAYERS }, (_, i) => dense(HIDDEN_UNITS, 'relu', i + 1)),
      dense(CLASSES, 'softmax', HIDDEN_LAYERS + 1),
    ],
  });
}

async function artifactsOf(network) {
  let artifacts;
  await network.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData } = artifacts;
  return {
    modelTopology,
    weightSpecs: weightSpecs.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    weightData: tf.io.CompositeArrayBuffer.join(weightData),
  };
}

function goldenOf(network) {
  const shape = [GOLDEN_COUNT, SIDE, SIDE, 1];
  const images = tf.randomUniformInt(shape, 0, 256, SEED);
  return {
    n: GOLDEN_COUNT,
    pixels: Uint8Array.from(images.dataSync()),
    probabilities: network.predict(images.div(255)).dataSync(),
    labels: new Uint8Array(GOLDEN_COUNT),
    runtime: `tfjs ${tf.version.tfjs}, cpu`,
  };
}
