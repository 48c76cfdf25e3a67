import { encodeImage } from '../../codec/encode-image';
import { bytesPerImage, type ModelShape } from '../../core/model-shape';
import { FloatPixels } from '../float-pixels';
import { sentImage, type OutsideImage } from '../outside-image';
import type { RemoteModel } from './server-model';

/** Answers in JSON are parsed on the main thread, so requests are small. */
export const MOST_JSON_BYTES = 1024 * 1024;
/** Of one number in JSON, in bytes. */
export const BYTES_OF_NUMBER = { uint8: 4, fp32: 10 };
/** Decimals in JSON: finer than float32 needs for what networks are fed, and half as long. */
const DECIMALS = 1e6;

/** Writes the pixels of images as the numbers that a model at a server takes. */
export class TensorWriter {
  readonly #floats: FloatPixels;

  constructor(private readonly model: Pick<RemoteModel, 'shape' | 'description' | 'input'>) {
    const { shape, description } = model;
    this.#floats = new FloatPixels(shape, description.preprocessing, description.layout);
  }

  /** n × numbers of an image, as numbers that JSON writes short. */
  numbers(images: readonly OutsideImage[]): number[] {
    const isInteger = this.model.input.tensor === 'uint8';
    return images.flatMap(({ pixels }) => {
      const values = Array.from(this.#floats.from(pixels, 1));
      return isInteger ? values : values.map((value) => Math.round(value * DECIMALS) / DECIMALS);
    });
  }

  /** The same as bytes, little-endian. */
  bytes(images: readonly OutsideImage[]): Buffer {
    const size = bytesPerImage(this.model.shape);
    const isInteger = this.model.input.tensor === 'uint8';
    const all = isInteger ? new Uint8Array(images.length * size) : new Float32Array(images.length * size);
    for (const [i, { pixels }] of images.entries()) all.set(this.#floats.from(pixels, 1), i * size);
    return Buffer.from(all.buffer, all.byteOffset, all.byteLength);
  }
}

/** The file of an image; raw pixels are sent as PNG, since a server cannot know their size. */
export async function fileOf(
  image: OutsideImage,
  shape: ModelShape,
): Promise<{ readonly bytes: Buffer; readonly contentType: string }> {
  const { bytes, contentType } = sentImage(image, shape);
  if (contentType !== 'application/octet-stream') {
    return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), contentType };
  }
  const pixels = Buffer.from(image.pixels.buffer, image.pixels.byteOffset, image.pixels.byteLength);
  const encoded = await encodeImage(pixels, 'png', shape);
  return { bytes: encoded.value, contentType: encoded.contentType };
}
