import type { ModelFiles } from '../../src/models/files';
import { inputScaling } from '../../src/models/files/own/network/scaling';

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface KerasLayer {
  readonly class_name: string;
  readonly config?: object;
  readonly weights?: Readonly<Record<string, Weight>>;
  readonly inbound_nodes?: unknown;
  readonly registered_name?: string;
}

export interface KerasModelOptions {
  readonly height?: number;
  readonly width?: number;
  readonly inputDtype?: string;
  /** More of the topology, for example the Keras version. */
  readonly topology?: Readonly<Record<string, unknown>>;
  readonly className?: string;
}

/** Values between −reach and reach that depend on the seed only. */
export function weight(shape: readonly number[], seed: number, reach = 0.5): Weight {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length }, (_, i) => reach * Math.sin(1 + seed * 97 + i * 12.9898));
  return { shape, values };
}

/** A model as Keras and its converter write it, with layers named `l0`, `l1`, … */
export function kerasFiles(layers: readonly KerasLayer[], options: KerasModelOptions = {}): ModelFiles {
  const { height = 6, width = 5, inputDtype = 'float32', topology = {}, className = 'Sequential' } = options;
  const input = {
    class_name: 'InputLayer',
    name: 'input',
    config: { name: 'input', batch_input_shape: [null, height, width, 1], dtype: inputDtype },
    inbound_nodes: [],
  };
  const weights = layers.flatMap((layer, i) =>
    Object.entries(layer.weights ?? {}).map(([name, one]) => ({ name: `l${i}/${name}`, ...one })),
  );
  const written = layers.map(({ weights: _, config, ...layer }, i) => ({
    ...layer,
    name: `l${i}`,
    config: { name: `l${i}`, dtype: 'float32', ...config },
  }));
  const last = `l${layers.length - 1}`;
  const graph = { input_layers: [['input', 0, 0]], output_layers: [[last, 0, 0]] };
  const config = {
    name: 'model',
    layers: [input, ...written],
    ...(className !== 'Sequential' && graph),
  };
  const modelTopology = { ...topology, model_config: { class_name: className, config } };
  const labels = Array.from({ length: layers.at(-1)?.weights?.['bias']?.shape[0] ?? 3 }, (_, i) => `c${i}`);
  return {
    name: 'keras',
    version: 1,
    sha256: '',
    dir: 'keras',
    network: {
      kind: 'layers',
      modelTopology,
      weightSpecs: weights.map(({ name, shape }) => ({ name, shape: [...shape], dtype: 'float32' })),
      weightData: new Uint8Array(Buffer.concat(weights.map(({ values }) => Buffer.from(values.buffer))))
        .buffer,
    },
    shape: { height, width, channels: 1, resize: 'fit', invert: 'auto', labels },
    preprocessing: { scale: inputScaling(modelTopology), offset: 0, mean: [0], std: [1], order: 'grey' },
    output: { activation: 'none', independent: false },
    origins: {},
    warnings: [],
    golden: { n: 0, pixels: new Uint8Array(0), probabilities: new Float32Array(0) },
    manifest: {
      schemaVersion: 1,
      name: 'keras',
      version: 1,
      created: new Date(0).toISOString(),
      inputShape: [height, width, 1],
      scaling: inputScaling(modelTopology),
      accuracy: 0,
      weightsSha256: '',
      files: [],
    },
  };
}

/** Flatten and Dense with a softmax, for features of this size. */
export function head(size: number, classes = 3): KerasLayer[] {
  return [
    { class_name: 'Flatten', config: { data_format: 'channels_last' } },
    {
      class_name: 'Dense',
      config: { units: classes, activation: 'softmax', use_bias: true },
      weights: { kernel: weight([size, classes], 7, 2 / Math.sqrt(size)), bias: weight([classes], 8) },
    },
  ];
}
