import { StreamInferError } from '../core/errors';
import { parseLabel } from '../core/labels';
import { bytesPerImage, type ModelShape } from '../core/model-shape';
import { imageFilesIn } from '../dataset/image-files';
import { readNpy } from '../dataset/npy';
import { decodeFile } from './own-images';

/** Images for trying a model, in the order of their names. */
export interface Probes {
  readonly n: number;
  /** n × height × width × channels uint8, row-major. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** The true classes; absent unless all are known. */
  readonly labels?: Uint8Array;
  /** For the model card. */
  readonly source: string;
}

/** Pixels in memory. */
const MOST_BYTES = 2 ** 30;
const GENERATED = 8;

/** The images of a folder, a file or an .npy file. Rejects with USAGE, FILE_UNREADABLE, DATASET_CORRUPT or a refusal. */
export async function readProbes(place: string, shape: ModelShape): Promise<Probes> {
  return /\.npy$/i.test(place) ? await inArray(place, shape) : await inFiles(place, shape);
}

async function inArray(file: string, shape: ModelShape): Promise<Probes> {
  const { shape: sizes, values } = await readNpy(file);
  const [n = 0, height, width, channels = 1] = sizes;
  const fits = height === shape.height && width === shape.width && channels === shape.channels;
  if (values instanceof Uint8Array && fits && n > 0)
    return { n, pixels: new Uint8Array(values), source: file };
  throw new StreamInferError(
    'USAGE',
    `${file} has ${values.constructor.name} [${sizes.join(', ')}]; the model takes Uint8Array ` +
      `[n, ${shape.height}, ${shape.width}, ${shape.channels}]`,
  );
}

async function inFiles(place: string, shape: ModelShape): Promise<Probes> {
  const size = bytesPerImage(shape);
  const images: Uint8Array[] = [];
  const labels: (number | undefined)[] = [];
  for await (const { path, className } of imageFilesIn([place])) {
    images.push(await decodeFile(path, shape));
    labels.push(parseLabel(className, shape.labels));
    if (images.length * size > MOST_BYTES)
      throw new StreamInferError('USAGE', `${place} has too many images; use a folder with fewer`);
  }
  if (images.length === 0)
    throw new StreamInferError('USAGE', `there are no PNG, JPEG or WebP files in ${place}`);
  const known = labels.every((label) => label !== undefined && label < 256)
    ? Uint8Array.from(labels as number[])
    : undefined;
  const pixels = new Uint8Array(Buffer.concat(images));
  return { n: images.length, pixels, ...(known && { labels: known }), source: place };
}

/** Pictures of soft shapes, the same on every machine: without probes, runtimes are compared on them. */
export function generatedProbes(shape: ModelShape): Probes {
  const { height, width, channels } = shape;
  const pixels = new Uint8Array(GENERATED * bytesPerImage(shape));
  let at = 0;
  for (let image = 0; image < GENERATED; image++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < channels; channel++)
          pixels[at++] = levelAt(x / width, y / height, image + 3 * channel);
      }
    }
  }
  return { n: GENERATED, pixels, source: 'generated patterns' };
}

function levelAt(x: number, y: number, seed: number): number {
  const wave = Math.sin((2 + seed) * (x + 0.3 * seed)) * Math.cos((3 + (seed % 5)) * (y - 0.1 * seed));
  return Math.round(127.5 + 127.5 * wave);
}
