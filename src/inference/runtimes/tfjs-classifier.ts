import type { ModelFiles } from '../../models/files/model';
import { BatchSplitter, type BatchPart } from '../batch-splitter';
import { toScores } from '../scores';
import { GraphModel } from './graph-model';
import { LayersModel } from './layers-model';
import type { TfLibrary } from './tfjs-library';
import type { TfjsModel } from './tfjs-model';

/** A model of any kind that TF.js executes, from pixels to scores. */
export class TfjsClassifier {
  readonly #splitter: BatchSplitter;
  readonly #numberSplitter: BatchSplitter<Float32Array>;

  private constructor(
    private readonly model: TfjsModel,
    private readonly files: ModelFiles,
    mostImages: number,
  ) {
    const { network, shape } = files;
    const batch = network.kind === 'graph' ? network.input.batch : undefined;
    this.#splitter = new BatchSplitter(shape, mostImages, batch);
    this.#numberSplitter = new BatchSplitter(shape, mostImages, batch);
  }

  /** At most `mostImages` are computed in one call. Rejects as `ModelRuntime.load` does. */
  static async load(library: TfLibrary, files: ModelFiles, mostImages: number): Promise<TfjsClassifier> {
    const { network } = files;
    const model =
      network.kind === 'graph'
        ? await GraphModel.load(library, network, files)
        : await LayersModel.load(library, files);
    return new TfjsClassifier(model, files, mostImages);
  }

  async predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    return await this.#scores(this.#splitter.of(pixels, n), n, ({ values, computed }) =>
      this.model.predict(values, computed),
    );
  }

  /** From the numbers that the network is fed. */
  async predictNumbers(numbers: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    return await this.#scores(this.#numberSplitter.of(numbers, n), n, ({ values, computed }) =>
      this.model.predictNumbers(values, computed),
    );
  }

  async #scores<P extends BatchPart<Uint8Array | Float32Array>>(
    parts: Iterable<P>,
    n: number,
    compute: (part: P) => ReturnType<TfjsModel['predict']>,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { shape, output } = this.files;
    const classes = shape.labels.length;
    const scores = new Float32Array(n * classes);
    for (const part of parts) {
      const { from, images, computed } = part;
      const values = await compute(part);
      const rows = toScores(values, computed, classes, output);
      scores.set(rows.subarray(0, images * classes), from * classes);
    }
    return scores;
  }

  dispose(): void {
    this.model.dispose();
  }
}
