import { StreamInferError } from '../core/errors';
import { IMAGE_PIXELS } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { Precision } from '../core/precision';
import { writeInt8, type Int8Facts, type ModelFiles, type ModelManifest } from '../models/files';
import { calibrate } from '../inference/onnx/calibrate';
import { loadOnnxLibrary } from '../inference/onnx/library';
import { requireFashionMnist } from '../inference/requirements';
import { createRuntime } from '../inference/runtimes/index';
import type { LabelledImages } from './batches';
import { withInt8Section } from './card-sections';
import { argMax, computeMetrics } from './metrics';
import { createPermutation, createRandom } from './random';

export interface QuantizeOptions {
  readonly files: ModelFiles;
  /** Source of the images for calibration. */
  readonly training: LabelledImages;
  /** Images to measure accuracy and agreement on. */
  readonly test: LabelledImages;
  /** Seed for the choice of calibration images. */
  readonly seed?: number;
  /** Replace an existing int8.json. */
  readonly force?: boolean;
}

export interface QuantizeResult {
  readonly int8: Int8Facts;
  /** Accuracy in fp32, measured in the same run. */
  readonly fp32Accuracy: number;
  readonly manifest: ModelManifest;
}

/** More images do not change the accuracy. */
const CALIBRATION_IMAGES = 500;

/** Maximum loss of accuracy against fp32: 0.3 points. */
export const MAX_LOSS = 0.003;

const BATCH = 100;

/**
 * Prepares a model for int8: measures activation ranges on training images and the accuracy on the test
 * images. Writes int8.json, a section of the card and the manifest. Blocks this thread for several seconds.
 * Rejects with USAGE (int8.json exists), INT8_INACCURATE (too inaccurate; nothing is written),
 * RUNTIME_UNAVAILABLE (no onnxruntime), MODEL_UNSUPPORTED or FILE_UNREADABLE.
 */
export async function quantizeModel(options: QuantizeOptions): Promise<QuantizeResult> {
  const { files, test, seed = 1, force = false } = options;
  assertNotMade(files, force);
  requireFashionMnist(files);
  const library = loadOnnxLibrary();
  const chosen = chooseImages(options.training, seed);
  const ranges = await calibrate(library, files, chosen);
  // Enough to run the model; the measurement replaces the zeros.
  const draft: Int8Facts = {
    schemaVersion: 2,
    created: new Date().toISOString(),
    weightsSha256: files.sha256,
    runtime: `onnxruntime-node ${library.env.versions.node ?? ''}`.trim(),
    calibration: { images: chosen.length / IMAGE_PIXELS, seed },
    testImages: test.labels.length,
    accuracy: 0,
    agreement: 0,
    golden: [],
    ranges,
  };
  const { int8, fp32Accuracy } = await measure({ ...files, int8: draft }, draft, test);
  assertAccurate(files, int8.accuracy, fp32Accuracy);
  const manifest = await writeInt8(files, int8, (card) => withInt8Section(card, int8, fp32Accuracy));
  return { int8, fp32Accuracy, manifest };
}

/** Throws USAGE if int8.json exists and `force` is not set. Check this before loading images. */
export function assertNotMade(files: ModelFiles, force: boolean): void {
  if (!files.int8 || force) return;
  throw new StreamInferError(
    'USAGE',
    `${files.name}@${files.version} in ${files.dir} already has int8.json; replace it with --force`,
  );
}

function chooseImages({ pixels, labels }: LabelledImages, seed: number): Uint8Array {
  const order = createPermutation(labels.length, createRandom(seed)).subarray(0, CALIBRATION_IMAGES);
  const chosen = new Uint8Array(order.length * IMAGE_PIXELS);
  order.forEach((index, i) => {
    chosen.set(pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS), i * IMAGE_PIXELS);
  });
  return chosen;
}

async function measure(
  files: ModelFiles,
  draft: Int8Facts,
  test: LabelledImages,
): Promise<{ int8: Int8Facts; fp32Accuracy: number }> {
  const fp32 = await predictAll(files, 'fp32', test.pixels);
  const int8 = await predictAll(files, 'int8', test.pixels);
  const golden = await predictAll(files, 'int8', files.golden.pixels);
  return {
    int8: {
      ...draft,
      accuracy: computeMetrics(int8, test.labels).accuracy,
      agreement: agreementOf(fp32, int8),
      golden: Array.from(golden, (value) => Number(value.toFixed(6))),
    },
    fp32Accuracy: computeMetrics(fp32, test.labels).accuracy,
  };
}

/** Maps n × 784 uint8 to n × 10 probabilities with onnx. */
async function predictAll(
  files: ModelFiles,
  precision: Precision,
  pixels: Uint8Array,
): Promise<Float32Array> {
  const n = pixels.length / IMAGE_PIXELS;
  const probabilities = new Float32Array(n * CLASS_COUNT);
  const runtime = createRuntime('onnx', precision);
  try {
    await runtime.load(files);
    for (let start = 0; start < n; start += BATCH) {
      const end = Math.min(n, start + BATCH);
      const batch = pixels.subarray(start * IMAGE_PIXELS, end * IMAGE_PIXELS);
      probabilities.set(await runtime.predict(batch, end - start), start * CLASS_COUNT);
    }
  } finally {
    await runtime.dispose();
  }
  return probabilities;
}

/** Share of images with the same predicted class. */
function agreementOf(some: Float32Array, other: Float32Array): number {
  const n = some.length / CLASS_COUNT;
  let same = 0;
  for (let at = 0; at < some.length; at += CLASS_COUNT) {
    if (argMax(some.subarray(at, at + CLASS_COUNT)) === argMax(other.subarray(at, at + CLASS_COUNT))) same++;
  }
  return same / n;
}

function assertAccurate(files: ModelFiles, accuracy: number, fp32Accuracy: number): void {
  // The tolerance of 1e-6 covers the rounding of the shares.
  if (fp32Accuracy - accuracy <= MAX_LOSS + 1e-6) return;
  const points = (share: number) => (100 * share).toFixed(2);
  throw new StreamInferError(
    'INT8_INACCURATE',
    `${files.name}@${files.version} has an accuracy of ${points(accuracy)} % in int8 and ` +
      `${points(fp32Accuracy)} % in fp32 on the test images; it loses more than ${points(MAX_LOSS)} points, so nothing was written`,
  );
}
