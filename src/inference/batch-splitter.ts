import { bytesPerImage, type ModelShape } from '../core/model-shape';

/** Pixels, or the numbers that a network is fed. */
type Values = Uint8Array | Float32Array;

/** Consecutive images of a batch. */
export interface BatchPart<V extends Values = Uint8Array> {
  readonly values: V;
  /** Position of the first image in the batch. */
  readonly from: number;
  /** Images of the batch in `values`. */
  readonly images: number;
  /** Images in `values`, with the ones that fill up a fixed batch. */
  readonly computed: number;
}

/**
 * Pixels and channels of a call whose activations fit into the processor's cache, or use memory well. With a MobileNet of
 * 96 × 96 pixels, 4 to 8 images per call are fastest; of 224 × 224 pixels, 1 to 4.
 */
const VALUES_PER_CALL = 256 * 784;

/** Images per call for a network that is fastest with `most` small ones. */
export function imagesPerCall(shape: ModelShape, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(VALUES_PER_CALL / bytesPerImage(shape))));
}

/** Splits batches; a network with a fixed batch gets the last part filled up with black images. */
export class BatchSplitter<V extends Values = Uint8Array> {
  readonly #size: number;
  readonly #images: number;
  #filled: V | undefined;

  constructor(
    shape: ModelShape,
    most: number,
    private readonly fixed?: number,
  ) {
    this.#size = bytesPerImage(shape);
    this.#images = fixed ?? imagesPerCall(shape, most);
  }

  *of(values: V, n: number): Generator<BatchPart<V>> {
    for (let from = 0; from < n; from += this.#images) {
      const images = Math.min(this.#images, n - from);
      const some = values.subarray(from * this.#size, (from + images) * this.#size) as V;
      const computed = this.fixed ?? images;
      yield { values: computed === images ? some : this.#fill(some, computed), from, images, computed };
    }
  }

  #fill(values: V, images: number): V {
    const filled = (this.#filled ??= emptyLike(values, images * this.#size));
    filled.set(values);
    return filled.fill(0, values.length) as V;
  }
}

function emptyLike<V extends Values>(values: V, length: number): V {
  return (values.BYTES_PER_ELEMENT === 1 ? new Uint8Array(length) : new Float32Array(length)) as V;
}
