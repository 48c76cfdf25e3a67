import { Transformer } from '@napi-rs/image';
import type { Config } from '../config/schema';
import { FASHION_MNIST, isFashionMnist, bytesPerImage, type ModelShape } from '../core/model-shape';
import { loadDemoImages } from '../dataset/fashion-mnist';
import { readModelFiles, resolveModelDir } from '../models/files';
import { PROFILES, type ProfileName } from './profiles';
import type { LoadPlan } from './warm-up';

/** The distinct images of a load. */
export interface LoadImages {
  readonly size: number;
  /** size × height × width × channels uint8, row-major. */
  readonly pixels: Uint8Array;
  /** Absent for generated images, whose class nobody knows. */
  readonly labels?: Uint8Array;
  /** Fashion-MNIST's if absent. */
  readonly shape?: ModelShape;
}

const MOST_GENERATED = 256;
const MOST_GENERATED_BYTES = 8 << 20;
/** Of a default load; two hundred thousand photos would fill a broker's disk. */
const MOST_LOAD_BYTES = 1 << 30;
const MOST_OTHER_IMAGES = 20_000;
const JPEG_QUALITY = 90;

/** The images and classes of the model of a benchmark. Rejects as `readModelFiles` does. */
export async function shapeOf(profile: ProfileName, { inference }: Config): Promise<ModelShape> {
  const { shape } = await readModelFiles(await resolveModelDir(PROFILES[profile].model ?? inference.model));
  return shape;
}

/** Real images for a model of Fashion-MNIST, generated ones for all others. */
export async function imagesFor(shape: ModelShape, { dataDir }: Config): Promise<LoadImages> {
  if (isFashionMnist(shape)) return await loadDemoImages({ dataDir });
  return generateImages(shape);
}

/** Smooth shapes with a little noise, so that JPEG files have a usual size. */
export function generateImages(shape: ModelShape): LoadImages {
  const bytes = bytesPerImage(shape);
  const size = Math.max(1, Math.min(MOST_GENERATED, Math.floor(MOST_GENERATED_BYTES / bytes)));
  const pixels = new Uint8Array(size * bytes);
  for (let image = 0; image < size; image++)
    draw(pixels.subarray(image * bytes, (image + 1) * bytes), shape, image);
  return { size, pixels, shape };
}

function draw(pixels: Uint8Array, { height, width, channels }: ModelShape, image: number): void {
  const across = Array.from({ length: width * channels }, (_, i) =>
    Math.sin((Math.floor(i / channels) / width) * (3 + (image % 5)) + (i % channels)),
  );
  let noise = image + 1;
  for (let y = 0; y < height; y++) {
    const down = 100 * Math.cos((y / height) * (2 + (image % 7)));
    for (let i = 0; i < across.length; i++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      pixels[y * across.length + i] = 120 + down * across[i]! + ((noise >> 20) & 15);
    }
  }
}

/** The pixels of one image, without a copy. */
export function pixelsAt({ pixels, shape = FASHION_MNIST }: LoadImages, image: number): Buffer {
  const bytes = bytesPerImage(shape);
  return Buffer.from(pixels.buffer, pixels.byteOffset + image * bytes, bytes);
}

export function toJpeg(pixels: Buffer, { height, width, channels }: ModelShape): Buffer {
  const rgba = Buffer.alloc(height * width * 4, 255);
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = pixels[i * channels + (channels === 3 ? c : 0)] ?? 0;
  return Transformer.fromRgbaPixels(rgba, width, height).jpegSync(JPEG_QUALITY);
}

/** The default load of a broker, less for a model of other images: they may be large, and the model slow. */
export function loadFor(shape: ModelShape, usual: LoadPlan): LoadPlan {
  if (isFashionMnist(shape)) return usual;
  const count = Math.max(
    1,
    Math.min(usual.count, MOST_OTHER_IMAGES, Math.floor(MOST_LOAD_BYTES / bytesPerImage(shape) / 1.5)),
  );
  return { count, warmUp: Math.min(usual.warmUp, Math.ceil(count / 2)) };
}
