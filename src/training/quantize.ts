import { StreamInferError } from '../core/errors';
import { percent } from '../core/percent';
import { bytesPerImage } from '../core/model-shape';
import { writeInt8, type Int8Facts, type ModelFiles, type ModelManifest } from '../models/files';
import { calibrate } from '../inference/onnx/calibrate';
import { loadOnnxLibrary } from '../inference/onnx/library';
import { assertQuantizable, requireFashionMnist } from '../inference/requirements';
import type { LabelledImages } from './batches';
import { withInt8Section } from './card-sections';
import { measureInt8, type Int8Measurement, type MeasuredImages } from './measure-int8';
import { createPermutation, createRandom } from './random';

interface CommonOptions {
  readonly files: ModelFiles;
  /** Seed for the choice of calibration images. */
  readonly seed?: number;
  /** Replace an existing int8.json. */
  readonly force?: boolean;
}

export interface QuantizeOptions extends CommonOptions {
  /** Source of the images for calibration. */
  readonly training: LabelledImages;
  /** Images to measure accuracy and agreement on. */
  readonly test: LabelledImages;
}

export interface QuantizeOnImagesOptions extends CommonOptions {
  /** One half calibrates, at most 500 images; the others are measured. */
  readonly images: MeasuredImages;
  /** Where the images come from, for the card. */
  readonly source: string;
}

export interface QuantizeResult {
  readonly int8: Int8Facts;
  /** Accuracy in fp32, measured in the same run; null without true classes. */
  readonly fp32Accuracy: number | null;
  readonly manifest: ModelManifest;
}

/** More images do not change the accuracy. */
const CALIBRATION_IMAGES = 500;
/** Fewer say nothing about the ranges. */
const LEAST_IMAGES = 10;

/** Maximum loss of accuracy against fp32 on the test images: 0.3 points. */
export const MAX_LOSS = 0.003;
/** On images of the user, which are fewer; one image more or less is always accepted. */
const MAX_LOSS_OF_OWN = 0.01;
/** Maximum share of other predicted classes, where the true ones are unknown. */
const MAX_DIFFERING = 0.02;

/**
 * Prepares a model for int8: measures activation ranges on training images and the accuracy on the test
 * images. Writes int8.json, a section of the card and the manifest. Blocks this thread for several seconds.
 * Rejects with USAGE (int8.json exists), INT8_INACCURATE (too inaccurate; nothing is written),
 * RUNTIME_UNAVAILABLE (no onnxruntime), MODEL_UNSUPPORTED or FILE_UNREADABLE.
 */
export async function quantizeModel(options: QuantizeOptions): Promise<QuantizeResult> {
  const { files, training, test, seed = 1, force = false } = options;
  assertNotMade(files, force);
  requireFashionMnist(files);
  const order = createPermutation(training.labels.length, createRandom(seed));
  const pixels = pick(training.pixels, order.subarray(0, CALIBRATION_IMAGES), bytesPerImage(files.shape));
  return await quantize(files, { pixels, seed }, test, MAX_LOSS);
}

/** The same on images of the user, for any model that onnx compiles. Rejects with USAGE also for fewer than 10 images. */
export async function quantizeOnImages(options: QuantizeOnImagesOptions): Promise<QuantizeResult> {
  const { files, images, source, seed = 1, force = false } = options;
  assertNotMade(files, force);
  const size = bytesPerImage(files.shape);
  const n = images.pixels.length / size;
  if (n < LEAST_IMAGES)
    throw new StreamInferError(
      'USAGE',
      `${n} images are too few to calibrate on; use at least ${LEAST_IMAGES}, better several hundred`,
    );
  const order = createPermutation(n, createRandom(seed));
  const calibrated = Math.min(CALIBRATION_IMAGES, Math.floor(n / 2));
  const rest = order.subarray(calibrated);
  const measured = {
    pixels: pick(images.pixels, rest, size),
    labels: images.labels && Uint16Array.from(rest, (index) => images.labels![index]!),
  };
  const pixels = pick(images.pixels, order.subarray(0, calibrated), size);
  return await quantize(
    files,
    { pixels, seed, source },
    measured,
    Math.max(MAX_LOSS_OF_OWN, 1 / rest.length),
  );
}

/** Throws USAGE if int8.json exists and `force` is not set. Check this before loading images. */
export function assertNotMade(files: ModelFiles, force: boolean): void {
  if (!files.int8 || force) return;
  throw new StreamInferError(
    'USAGE',
    `${files.name}@${files.version} in ${files.dir} already has int8.json; replace it with --force`,
  );
}

interface Calibration {
  readonly pixels: Uint8Array;
  readonly seed: number;
  readonly source?: string;
}

async function quantize(
  files: ModelFiles,
  { pixels, seed, source }: Calibration,
  measured: MeasuredImages,
  maxLoss: number,
): Promise<QuantizeResult> {
  assertQuantizable(files);
  const library = loadOnnxLibrary();
  const ranges = await calibrate(library, files, pixels);
  const size = bytesPerImage(files.shape);
  // Enough to run the model; the measurement replaces the zeros.
  const draft: Int8Facts = {
    schemaVersion: 2,
    created: new Date().toISOString(),
    weightsSha256: files.sha256,
    runtime: `onnxruntime-node ${library.env.versions.node ?? ''}`.trim(),
    calibration: { images: pixels.length / size, seed },
    ...(source !== undefined && { source }),
    testImages: measured.pixels.length / size,
    agreement: 0,
    golden: [],
    ranges,
  };
  const measurement = await measureInt8(files, draft, measured);
  assertAccurate(files, measurement, maxLoss);
  const { images, differing, correct, golden } = measurement;
  const int8: Int8Facts = {
    ...draft,
    ...(correct && { accuracy: correct.int8 / images }),
    agreement: (images - differing) / images,
    golden: Array.from(golden, (value) => Number(value.toFixed(6))),
  };
  const fp32Accuracy = correct ? correct.fp32 / images : null;
  const manifest = await writeInt8(files, int8, (card) => withInt8Section(card, int8, fp32Accuracy));
  return { int8, fp32Accuracy, manifest };
}

function pick(pixels: Uint8Array, indices: ArrayLike<number>, size: number): Uint8Array {
  const picked = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i++)
    picked.set(pixels.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
  return picked;
}

function assertAccurate(
  { name, version }: ModelFiles,
  { images, differing, correct }: Int8Measurement,
  maxLoss: number,
): void {
  if (correct === undefined) {
    const most = Math.max(MAX_DIFFERING, 1 / images);
    if (differing / images <= most) return;
    throw tooInaccurate(
      `${name}@${version} predicts another class in int8 for ${differing} of ${images} images, ` +
        `more than ${percent(most)}`,
    );
  }
  // The tolerance of 1e-6 covers the rounding of the shares.
  if ((correct.fp32 - correct.int8) / images <= maxLoss + 1e-6) return;
  throw tooInaccurate(
    `${name}@${version} has an accuracy of ${percent(correct.int8 / images)} in int8 and ` +
      `${percent(correct.fp32 / images)} in fp32 on the test images; it loses more than ${(100 * maxLoss).toFixed(2)} points`,
  );
}

function tooInaccurate(found: string): StreamInferError {
  return new StreamInferError(
    'INT8_INACCURATE',
    `${found}, so nothing was written; use --precision fp32, or more images like those of the stream`,
  );
}
