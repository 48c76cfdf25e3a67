import { join } from 'node:path';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT, CLASS_NAMES } from '../core/labels';
import { writeModelFiles } from '../models/files';
import { createRandom } from '../training/random';

/** 784–32–32–32–32–10: 28,618 parameters, the FFNN of Crayfish. */
const SIZES = [IMAGE_PIXELS, 32, 32, 32, 32, CLASS_COUNT] as const;
const SEED = 28_618;
const GOLDEN_COUNT = 4;

/** `inputs × outputs`, row-major, as TF.js has it. */
interface Dense {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** An untrained net with weights from a seed, as a model folder below `folder`: it is there to be timed, not to be right. */
export async function writeCrayfishModel(folder: string): Promise<string> {
  const random = createRandom(SEED);
  const layers = SIZES.slice(1).map((outputs, i) => createDense(i + 1, SIZES[i] as number, outputs, random));
  const pixels = Uint8Array.from({ length: GOLDEN_COUNT * IMAGE_PIXELS }, () => Math.floor(random() * 256));
  const dir = join(folder, 'crayfish-ffnn');
  await writeModelFiles(dir, {
    name: 'crayfish-ffnn',
    version: 1,
    accuracy: 0,
    labels: CLASS_NAMES,
    modelTopology: topologyOf(layers),
    weightSpecs: layers.flatMap(({ name, inputs, outputs }) => [
      { name: `${name}/kernel`, shape: [inputs, outputs], dtype: 'float32' as const },
      { name: `${name}/bias`, shape: [outputs], dtype: 'float32' as const },
    ]),
    weightData: concat(layers.flatMap(({ kernel, bias }) => [kernel, bias])),
    golden: {
      n: GOLDEN_COUNT,
      pixels,
      probabilities: predict(layers, pixels, GOLDEN_COUNT),
      labels: new Uint8Array(GOLDEN_COUNT),
      runtime: 'stream-infer bench',
    },
    card: '# crayfish-ffnn\n\nUntrained: made by `stream-infer bench --profile crayfish` to be timed.\n',
  });
  return dir;
}

function createDense(nth: number, inputs: number, outputs: number, random: () => number): Dense {
  // Uniform with the variance of He et al. (2015), so that the values stay of one size through the layers.
  const limit = Math.sqrt(6 / inputs);
  const kernel = Float32Array.from({ length: inputs * outputs }, () => (2 * random() - 1) * limit);
  return { name: `dense_${nth}`, inputs, outputs, kernel, bias: new Float32Array(outputs) };
}

function topologyOf(layers: readonly Dense[]): unknown {
  const image = { batch_input_shape: [null, IMAGE_SIDE, IMAGE_SIDE, 1], dtype: 'float32' };
  return {
    class_name: 'Sequential',
    config: {
      name: 'crayfish_ffnn',
      layers: [
        { class_name: 'Flatten', config: { name: 'flatten', ...image } },
        ...layers.map(({ name, outputs }, i) => ({
          class_name: 'Dense',
          config: { name, units: outputs, activation: activationOf(i, layers), use_bias: true },
        })),
      ],
    },
    keras_version: 'tfjs-layers 4.22.0',
    backend: 'tensor_flow.js',
  };
}

function activationOf(i: number, layers: readonly Dense[]): string {
  return i === layers.length - 1 ? 'softmax' : 'relu';
}

/** The golden vectors, in double precision: what the runtimes have to reproduce within 1e-4. */
function predict(layers: readonly Dense[], pixels: Uint8Array, n: number): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(n * CLASS_COUNT);
  for (let image = 0; image < n; image++) {
    let values = Array.from(
      pixels.subarray(image * IMAGE_PIXELS, (image + 1) * IMAGE_PIXELS),
      (pixel) => pixel / 255,
    );
    for (const [i, layer] of layers.entries()) {
      const sums = multiply(values, layer);
      values = i === layers.length - 1 ? softmax(sums) : sums.map((sum) => Math.max(0, sum));
    }
    probabilities.set(values, image * CLASS_COUNT);
  }
  return probabilities;
}

function multiply(values: readonly number[], { kernel, bias, outputs }: Dense): number[] {
  return Array.from(bias, (start, output) =>
    values.reduce((sum, value, input) => sum + value * (kernel[input * outputs + output] as number), start),
  );
}

function softmax(values: readonly number[]): number[] {
  const highest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function concat(parts: readonly Float32Array[]): ArrayBuffer {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}
