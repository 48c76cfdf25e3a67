import * as tf from '@tensorflow/tfjs';
import { INPUT, OUTPUT, compileToOnnx, inputShape } from '../../src/inference/onnx/compile';
import { loadOnnxLibrary } from '../../src/inference/onnx/library';
import type { ModelFiles } from '../../src/models/files';
import type { LayersNetwork, Preprocessing } from '../../src/models/files/model';
import { kerasFiles } from './keras-model';

export const IMAGES = 3;

export interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** A copy with random weights: fresh ones would make a normalization the identity. */
export function withRandomWeights(model: tf.LayersModel): tf.LayersModel {
  model.setWeights(
    model.weights.map(({ name, shape }, i) => {
      const inputs = shape.slice(0, -1).reduce<number>((product, size) => product * (size ?? 1), 1);
      const reach = 1.5 / Math.sqrt(inputs);
      const [least, most] = name.includes('variance') ? [0.5, 1.5] : [-reach, reach];
      return tf.randomUniform(shape as number[], least, most, 'float32', i + 1);
    }),
  );
  return model;
}

/** A model as it is saved, in the form of model files. */
export async function filesOf(
  model: tf.LayersModel,
  size: Size,
  preprocessing: Partial<Preprocessing> = {},
): Promise<ModelFiles> {
  const saved: tf.io.ModelArtifacts[] = [];
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  const { modelTopology, weightSpecs, weightData } = JSON.parse(JSON.stringify(saved[0])) as LayersNetwork;
  const files = kerasFiles([]);
  const [output] = model.outputs;
  const labels = Array.from({ length: output!.shape.at(-1)! }, (_, i) => `c${i}`);
  return {
    ...files,
    network: {
      kind: 'layers',
      modelTopology,
      weightSpecs,
      weightData: (saved[0]!.weightData ?? weightData) as ArrayBuffer,
    },
    shape: { ...files.shape, ...size, labels },
    preprocessing: {
      scale: 1 / 255,
      offset: 0,
      mean: Array<number>(size.channels).fill(0),
      std: Array<number>(size.channels).fill(1),
      order: size.channels === 1 ? 'grey' : 'rgb',
      ...preprocessing,
    },
  };
}

export function pixelsFor({ height, width, channels }: Size): Uint8Array {
  return Uint8Array.from({ length: IMAGES * height * width * channels }, (_, i) => (i * 7919) % 256);
}

/** The output of the compiled graph for the pixels. */
export async function runCompiled(files: ModelFiles, pixels: Uint8Array): Promise<Float32Array> {
  return await runModel(compileToOnnx(files), files, pixels);
}

export async function runModel(
  model: Uint8Array,
  files: ModelFiles,
  pixels: Uint8Array,
): Promise<Float32Array> {
  const { InferenceSession, Tensor } = loadOnnxLibrary();
  const session = await InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const input = new Tensor('uint8', pixels, inputShape(files.shape, IMAGES));
  const output = await session.run({ [INPUT]: input });
  await session.release();
  return output[OUTPUT]!.data as Float32Array;
}

/** What TF.js answers for the same pixels times 1/255. */
export function runTfjs(model: tf.LayersModel, pixels: Uint8Array): Float32Array {
  return tf.tidy(() => {
    const shape = [IMAGES, ...(model.inputs[0]!.shape.slice(1) as number[])];
    const output = model.predict(tf.tensor(Float32Array.from(pixels), shape).mul(1 / 255));
    return (Array.isArray(output) ? output[0]! : output).dataSync<'float32'>();
  });
}

export function largestDifference(some: Float32Array, other: Float32Array): number {
  expect(some).toHaveLength(other.length);
  return some.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i]!)), 0);
}

/** The largest difference between the compiled graph and TF.js, for a model of one image. */
export async function differenceOf(model: tf.LayersModel, size: Size): Promise<number> {
  const pixels = pixelsFor(size);
  const expected = runTfjs(model, pixels);
  expect(expected.every(Number.isFinite)).toBe(true);
  return largestDifference(await runCompiled(await filesOf(model, size), pixels), expected);
}
