import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface PlainModelOptions {
  readonly channels?: number;
  readonly activation?: string;
  readonly units?: number;
}

/** Of the images, pixels. */
const [HEIGHT, WIDTH] = [2, 3];

/** Files of a TF.js model (Flatten – Dense) that predicts the brightest column, without labels. */
export async function writePlainModel(folder: string, options: PlainModelOptions = {}): Promise<void> {
  const { channels = 1, activation = 'softmax', units = WIDTH } = options;
  const size = HEIGHT * WIDTH * channels;
  const layer = (class_name: string, config: object): object => ({ class_name, config });
  const layers = [
    layer('Flatten', { name: 'flat', batch_input_shape: [null, HEIGHT, WIDTH, channels], dtype: 'float32' }),
    layer('Dense', { name: 'dense', units, activation, use_bias: true }),
  ];
  const weights = [
    { name: 'dense/kernel', shape: [size, units], dtype: 'float32' },
    { name: 'dense/bias', shape: [units], dtype: 'float32' },
  ];
  const kernel = Float32Array.from({ length: size * units }, (_, i) =>
    Math.floor(i / units / channels) % WIDTH === i % units ? 5 : 0,
  );
  const json = {
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential', config: { name: 'columns', layers } },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(json));
  await writeFile(
    path.join(folder, 'weights.bin'),
    Buffer.concat([Buffer.from(kernel.buffer), Buffer.alloc(4 * units)]),
  );
}
