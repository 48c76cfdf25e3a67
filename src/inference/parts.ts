import { pixelsOf, type ModelShape } from '../core/model-shape';

/** Consecutive images of a batch. */
export interface Part {
  readonly pixels: Uint8Array;
  /** Position of the first image in the batch. */
  readonly from: number;
  /** Images of the batch in `pixels`. */
  readonly images: number;
  /** Images in `pixels`, with the ones that fill up a fixed batch. */
  readonly computed: number;
}

/**
 * Pixels and channels of a call whose activations fit into the processor's cache, or use memory well. With a MobileNet of
 * 96 × 96 pixels, 4 to 8 images per call are fastest; of 224 × 224 pixels, 1 to 4.
 */
const VALUES_PER_CALL = 256 * 784;

/** Images per call for a network that is fastest with `most` small ones. */
export function imagesPerCall(shape: ModelShape, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(VALUES_PER_CALL / pixelsOf(shape))));
}

/** Splits batches; a network with a fixed batch gets the last part filled up with black images. */
export class Parts {
  readonly #size: number;
  readonly #images: number;
  #filled = new Uint8Array(0);

  constructor(
    shape: ModelShape,
    most: number,
    private readonly fixed?: number,
  ) {
    this.#size = pixelsOf(shape);
    this.#images = fixed ?? imagesPerCall(shape, most);
  }

  *of(pixels: Uint8Array, n: number): Generator<Part> {
    for (let from = 0; from < n; from += this.#images) {
      const images = Math.min(this.#images, n - from);
      const some = pixels.subarray(from * this.#size, (from + images) * this.#size);
      const computed = this.fixed ?? images;
      yield { pixels: computed === images ? some : this.#fill(some, computed), from, images, computed };
    }
  }

  #fill(pixels: Uint8Array, images: number): Uint8Array {
    if (this.#filled.length === 0) this.#filled = new Uint8Array(images * this.#size);
    this.#filled.set(pixels);
    return this.#filled.fill(0, pixels.length);
  }
}
