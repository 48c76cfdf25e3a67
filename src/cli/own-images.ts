import { decodeItem } from '../codec/decode-item';
import { StreamInferError, messageOf } from '../core/errors';
import type { Decoded } from '../core/classification';
import { parseLabel } from '../core/labels';
import { bytesPerImage, type ModelShape } from '../core/model-shape';
import { readImageFile, type ImageFile } from '../dataset/image-file';
import { imageFilesIn } from '../dataset/image-files';
import { createInspection } from '../setup/inspection';
import { printable } from './print-outcomes';

/** Images of the user with known classes, decoded for a model. */
export interface OwnBatch {
  /** n × height × width × channels uint8, row-major. */
  readonly pixels: Uint8Array;
  readonly labels: readonly number[];
  readonly files: readonly ImageFile[];
}

const MOST_IN_BATCH = 64;
/** Pixels of a batch, unless one image has more. */
const MOST_BYTES = 16 << 20;
const MOST_REASONS = 20;

/** Counts the files without a result, and reports the first of them on stderr. */
export class SkippedImages {
  unreadable = 0;
  withoutClass = 0;

  addUnreadable(reason: string): void {
    this.unreadable++;
    this.#report(reason);
  }

  addWithoutClass({ name, className }: ImageFile): void {
    this.withoutClass++;
    this.#report(`${name}: ${className === undefined ? 'no class' : `no class ${className} in the model`}`);
  }

  #report(reason: string): void {
    if (this.unreadable + this.withoutClass <= MOST_REASONS)
      process.stderr.write(`skipped: ${printable(reason)}\n`);
  }
}

/**
 * The images of folders, files and CSV files in batches; files without an image or a class of the model are skipped.
 *
 * @param classes false: the classes are ignored, and every label is 0
 */
export async function* ownBatches(
  places: readonly string[],
  shape: ModelShape,
  skipped: SkippedImages,
  classes = true,
): AsyncGenerator<OwnBatch> {
  const size = bytesPerImage(shape);
  const most = Math.max(1, Math.min(MOST_IN_BATCH, Math.floor(MOST_BYTES / size)));
  let batch = new Filling(most, size);
  for await (const file of imageFilesIn(places)) {
    const label = classes ? parseLabel(file.className, shape.labels) : 0;
    if (label === undefined) {
      skipped.addWithoutClass(file);
      continue;
    }
    const pixels = await decodeFile(file.path, shape).catch((error: unknown) => {
      skipped.addUnreadable(messageOf(error));
    });
    if (pixels === undefined) continue;
    batch.add(file, label, pixels);
    if (batch.labels.length < most) continue;
    yield batch.whole();
    batch = new Filling(most, size);
  }
  if (batch.labels.length > 0) yield batch.whole();
}

/** Rejects with FILE_UNREADABLE or the code of a refused image, naming the file. */
export async function decodeFile(file: string, shape: ModelShape): Promise<Uint8Array> {
  return (await decodeWithOriginal(file, shape)).pixels;
}

/** The same with the size of the original. */
export async function decodeWithOriginal(file: string, shape: ModelShape): Promise<Decoded> {
  const value = await readImageFile(file);
  const format = createInspection(Infinity, shape)({ value, headers: [] });
  const outcome =
    typeof format === 'object' ? format : await decodeItem(value, format, { invert: shape.invert, shape });
  if ('code' in outcome) throw new StreamInferError(outcome.code, `${file}: ${outcome.message}`);
  return outcome;
}

class Filling {
  readonly labels: number[] = [];
  readonly files: ImageFile[] = [];
  readonly #pixels: Uint8Array;

  constructor(
    most: number,
    private readonly size: number,
  ) {
    this.#pixels = new Uint8Array(most * size);
  }

  add(file: ImageFile, label: number, pixels: Uint8Array): void {
    this.#pixels.set(pixels, this.labels.length * this.size);
    this.labels.push(label);
    this.files.push(file);
  }

  whole(): OwnBatch {
    const { labels, files } = this;
    return { labels, files, pixels: this.#pixels.subarray(0, labels.length * this.size) };
  }
}
