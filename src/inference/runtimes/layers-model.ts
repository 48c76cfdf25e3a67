import type * as tf from '@tensorflow/tfjs';
import { StreamInferError } from '../../core/errors';
import { bytesPerImage, type ModelShape } from '../../core/model-shape';
import { layersIn, type ModelFiles } from '../../models/files/model';
import { FloatPixels } from '../float-pixels';
import { adaptForTfjs } from './adapt-topology';
import type { TfjsModel } from './tfjs-model';
import { loadError, numbersOf, type TfLibrary } from './tfjs-library';

/** A model of layers that takes uint8 pixels, on any backend. */
export class LayersModel implements TfjsModel {
  readonly #pixels: FloatPixels;
  /** Of one image. */
  readonly #inputShape: readonly number[];
  /** Position of the output with the classes. */
  readonly #output: number;

  private constructor(
    private readonly library: TfLibrary,
    private readonly model: tf.LayersModel,
    private readonly files: ModelFiles,
  ) {
    this.#pixels = new FloatPixels(files.shape, files.preprocessing);
    this.#inputShape = inputShapeOf(model, files.shape);
    this.#output = positionOf(model, layersIn(files).output);
  }

  /** Rejects with MODEL_UNSUPPORTED for a layer that TF.js computes wrongly, or MODEL_CORRUPT if it cannot load the model. */
  static async load(library: TfLibrary, files: ModelFiles): Promise<LayersModel> {
    const adapted = adaptForTfjs(files);
    const model = await library.loadLayersModel(library.io.fromMemory(adapted)).catch((error: unknown) => {
      throw loadError(error, files.dir);
    });
    return new LayersModel(library, model, files);
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    return await this.predictNumbers(this.#pixels.from(pixels, n), n);
  }

  async predictNumbers(values: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    const input = { values, shape: [n, ...this.#inputShape] };
    const place = { library: this.library, dir: this.files.dir };
    // `predict` would split the batch into parts of 32.
    return await numbersOf(
      place,
      input,
      (tensor) => [this.model.predictOnBatch(tensor)].flat(),
      this.#output,
    );
  }

  dispose(): void {
    this.model.dispose();
  }
}

/** Sizes that the model leaves open are the image's. */
function inputShapeOf(model: tf.LayersModel, shape: ModelShape): number[] {
  const { height, width, channels } = shape;
  const [input, ...others] = model.inputs;
  const [, ...declared] = input?.shape ?? [];
  const sizes = declared.map((size, i) => size ?? [height, width, channels][i] ?? 0);
  const isImage = others.length === 0 && sizes.reduce((a, b) => a * b, 1) === bytesPerImage(shape);
  if (isImage) return sizes;
  const inputs = model.inputs.map(({ shape: one }) => JSON.stringify(one)).join(' and ');
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the model takes ${inputs}, which is not one image of ${height} × ${width} × ${channels}`,
  );
}

function positionOf(model: tf.LayersModel, wanted: string | undefined): number {
  if (wanted === undefined) return 0;
  const position = model.outputNames.indexOf(wanted);
  if (position >= 0) return position;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the model has no output ${wanted}; its outputs are ${model.outputNames.join(', ')}`,
  );
}
