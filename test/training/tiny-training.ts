/**
 * Trains for some batches on made-up images and prints the result as JSON. Runs in a child process, because tfjs-node
 * and jest's sandbox disagree about what a Float32Array is. Arguments: folder, seed, batches (0: all), architecture,
 * file of the checkpoint (or -), patience, epochs.
 */
import { isStreamInferError } from '../../src/core/errors';
import { ARCHITECTURES, type ArchitectureName } from '../../src/training/architectures';
import { trainModel } from '../../src/training/train';
import { createRandom } from '../../src/training/random';

const CLASSES = 10;
const [
  out = '',
  seed = '1',
  stopAfter = '0',
  architecture = 'cnn',
  file = '-',
  patience = '0',
  epochs = '2',
] = process.argv.slice(2);
const checkpoint = file === '-' ? undefined : file;
const controller = new AbortController();

/** Noisy images with a bright stripe; its row is the class. */
function createStripes(n: number, random: () => number) {
  const labels = Uint8Array.from({ length: n }, (_, i) => i % CLASSES);
  const pixels = Uint8Array.from({ length: n * 784 }, (_, i) => {
    const row = Math.floor((i % 784) / 28);
    const label = Math.floor(i / 784) % CLASSES;
    return random() * 60 + (row >> 1 === label + 2 ? 190 : 0);
  });
  return { pixels, labels };
}

async function main(): Promise<void> {
  const random = createRandom(99);
  const options = {
    architecture: architecture as ArchitectureName,
    name: 'tiny',
    version: 1,
    out,
    ...ARCHITECTURES[architecture as ArchitectureName].recipe,
    epochs: Number(epochs),
    batchSize: 20,
    // Patience is tried with a network that learns nothing.
    learningRate: Number(patience) > 0 ? 1e-12 : 0.002,
    seed: Number(seed),
    training: createStripes(360, random),
    test: createStripes(100, random),
    command: 'test',
    checkpoint,
    patience: Number(patience),
  };
  let batches = 0;
  const onBatch = () => {
    if (++batches === Number(stopAfter)) controller.abort();
  };
  const training = trainModel(options, { onBatch }, controller.signal);
  if (checkpoint && Number(stopAfter) > 0) {
    const code = await training.catch((error: unknown) => (isStreamInferError(error) ? error.code : error));
    process.stdout.write(JSON.stringify({ batches, code }));
    return;
  }
  const { manifest, metrics, epochs: reports, ended } = await training;
  const { weightsSha256 } = manifest;
  const losses = reports.map((epoch) => epoch.loss);
  process.stdout.write(JSON.stringify({ weightsSha256, accuracy: metrics.accuracy, losses, batches, ended }));
}

void main();
