import type * as tf from '@tensorflow/tfjs';
import { StreamInferError, messageOf } from '../../core/errors';
import { bytesPerImage } from '../../core/model-shape';
import type { GraphNetwork, ModelFiles } from '../../models/files/model';
import { FloatPixels } from '../float-pixels';
import type { TfjsModel } from './tfjs-model';
import { loadError, numbersOf, type TfLibrary } from './tfjs-library';

/** A TF.js graph model that takes uint8 pixels, on any backend. */
export class GraphModel implements TfjsModel {
  readonly #pixels: FloatPixels;
  /** Set for a graph with branches or loops, which TF.js only executes asynchronously. */
  #isDynamic = false;

  private constructor(
    private readonly library: TfLibrary,
    private readonly model: tf.GraphModel,
    private readonly network: GraphNetwork,
    private readonly files: ModelFiles,
  ) {
    this.#pixels = new FloatPixels(files.shape, files.preprocessing, network.input.layout);
  }

  /** Rejects with MODEL_UNSUPPORTED for an operation that TF.js does not have, or MODEL_CORRUPT if it cannot load the graph. */
  static async load(library: TfLibrary, network: GraphNetwork, files: ModelFiles): Promise<GraphModel> {
    try {
      // TF.js reads the weights only, and checks the other properties itself.
      const artifacts = network.artifacts as unknown as tf.io.ModelArtifacts;
      const model = await library.loadGraphModel(library.io.fromMemory(artifacts));
      const graph = new GraphModel(library, model, network, files);
      // Unknown operations and names only show when the graph is executed.
      await graph.predict(
        new Uint8Array((network.input.batch ?? 1) * bytesPerImage(files.shape)),
        network.input.batch ?? 1,
      );
      return graph;
    } catch (error) {
      throw error instanceof StreamInferError ? error : loadError(error, files.dir);
    }
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    return await this.predictNumbers(this.#pixels.from(pixels, n), n);
  }

  async predictNumbers(floats: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    const { name, shape, type } = this.network.input;
    // TF.js has one type for integers.
    const values = type.startsWith('float') ? floats : Int32Array.from(floats);
    const place = { library: this.library, dir: this.files.dir };
    return await numbersOf(place, { values, shape: [n, ...shape] }, async (tensor) => [
      await this.#execute({ [name]: tensor }),
    ]);
  }

  dispose(): void {
    this.model.dispose();
  }

  async #execute(inputs: tf.NamedTensorMap): Promise<tf.Tensor> {
    const { output } = this.network;
    if (this.#isDynamic) return (await this.model.executeAsync(inputs, output)) as tf.Tensor;
    try {
      return this.model.execute(inputs, output) as tf.Tensor;
    } catch (error) {
      if (!/executeAsync/.test(messageOf(error))) throw error;
      this.#isDynamic = true;
      return await this.#execute(inputs);
    }
  }
}
