import type * as tf from '@tensorflow/tfjs';
import { StreamInferError, messageOf } from '../../core/errors';
import { pixelsOf, type ModelShape } from '../../core/model-shape';
import type { ModelFiles } from '../../models/files/model';
import { adaptForTfjs } from './adapt-topology';

/** The common API of the two TF.js packages, as far as it is used here. */
export type TfLibrary = Pick<typeof tf, 'loadLayersModel' | 'io' | 'tensor4d' | 'version'>;

export type TfBackendLibrary = TfLibrary & Pick<typeof tf, 'setBackend'>;

/** A LayersModel that takes uint8 pixels, on any backend. */
export class LayersModel {
  /** Reused for every batch: the backend copies it before `predict` returns. */
  #input = new Float32Array(0);

  private constructor(
    private readonly library: TfLibrary,
    private readonly model: tf.LayersModel,
    private readonly scaling: number,
    readonly shape: ModelShape,
  ) {}

  /** Rejects with MODEL_UNSUPPORTED for a layer that TF.js computes wrongly, or MODEL_CORRUPT if it cannot load the model. */
  static async load(library: TfLibrary, files: ModelFiles): Promise<LayersModel> {
    const adapted = adaptForTfjs(files);
    try {
      const model = await library.loadLayersModel(library.io.fromMemory(adapted));
      return new LayersModel(library, model, files.preprocessing.scale, files.shape);
    } catch (error) {
      throw new StreamInferError(
        'MODEL_CORRUPT',
        `TF.js cannot load the model in ${files.dir}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  predict(pixels: Uint8Array, n: number): Float32Array<ArrayBuffer> {
    const { height, width, labels } = this.shape;
    const input = this.library.tensor4d(this.#scale(pixels, n), [n, height, width, 1]);
    try {
      // `predict` would split the batch into parts of 32.
      const output = this.model.predictOnBatch(input) as tf.Tensor;
      try {
        return assertShape(output.dataSync<'float32'>(), n, labels.length);
      } finally {
        output.dispose();
      }
    } finally {
      input.dispose();
    }
  }

  dispose(): void {
    this.model.dispose();
  }

  #scale(pixels: Uint8Array, n: number): Float32Array {
    const length = n * pixelsOf(this.shape);
    if (this.#input.length < length) this.#input = new Float32Array(length);
    const input = this.#input.subarray(0, length);
    for (let i = 0; i < length; i++) input[i] = pixels[i]! * this.scaling;
    return input;
  }
}

function assertShape(values: Float32Array, n: number, classes: number): Float32Array<ArrayBuffer> {
  if (values.length === n * classes) return new Float32Array(values);
  throw new StreamInferError(
    'MODEL_CORRUPT',
    `The model has ${values.length / n} outputs per image, but there are ${classes} labels.`,
  );
}
