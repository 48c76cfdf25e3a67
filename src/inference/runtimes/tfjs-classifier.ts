import type { ModelFiles } from '../../models/files/model';
import { Parts } from '../parts';
import { toScores } from '../scores';
import { GraphModel } from './graph-model';
import { LayersModel } from './layers-model';
import type { TfLibrary } from './tfjs-library';
import type { TfjsModel } from './tfjs-model';

/** A model of any kind that TF.js executes, from pixels to scores. */
export class TfjsClassifier {
  readonly #parts: Parts;

  private constructor(
    private readonly model: TfjsModel,
    private readonly files: ModelFiles,
    mostImages: number,
  ) {
    const { network, shape } = files;
    this.#parts = new Parts(shape, mostImages, network.kind === 'graph' ? network.input.batch : undefined);
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
    const { shape, output } = this.files;
    const classes = shape.labels.length;
    const scores = new Float32Array(n * classes);
    for (const { pixels: some, from, images, computed } of this.#parts.of(pixels, n)) {
      const values = await this.model.predict(some, computed);
      const rows = toScores(values, computed, classes, output);
      scores.set(rows.subarray(0, images * classes), from * classes);
    }
    return scores;
  }

  dispose(): void {
    this.model.dispose();
  }
}
