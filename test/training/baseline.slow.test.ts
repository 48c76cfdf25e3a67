/**
 * The baselines of the packaged models on real images: no alarm without changes, and an alarm with changes.
 *
 * @jest-environment ./test/helpers/one-realm-environment.js
 */
import { DriftWindow, SERIOUS_DRIFT, SLIGHT_DRIFT } from '../../src/quality/drift';
import type { DriftFinding } from '../../src/core/event';
import { IMAGE_PIXELS } from '../../src/core/image';
import type { Precision } from '../../src/core/precision';
import { keptEpoch } from '../../src/core/training-history';
import { loadFashionMnist } from '../../src/dataset/fashion-mnist';
import { loadRuntime } from '../../src/inference/load-runtime';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../src/models/files';
import { sumPixels } from '../../src/inference/pixel-sums';
import { measureBaseline } from '../../src/training/baseline';
import type { LabelledImages } from '../../src/training/batches';
import { classifyImages } from '../../src/training/evaluate';
import { argMax } from '../../src/core/arg-max';
import { computeMetrics } from '../../src/training/metrics';
import { createPermutation, createRandom } from '../../src/training/random';
import { atTemperature, calibrate } from '../../src/training/reliability';
import { pickImages, splitValidation } from '../../src/training/split';
import { describeWith } from '../helpers/parts';

jest.setTimeout(600_000);

const WINDOW = 1_000;
/** The smallest that is of use. */
const FEW = 100;
const ROUNDS = 10;

const SHIPPED = [
  { spec: 'fashion-mnist@1', validationAccuracy: 0.9262 },
  { spec: 'fashion-mnist@2', validationAccuracy: 0.9392 },
  { spec: 'lenet@1', validationAccuracy: 0.9096 },
  { spec: 'lenet@2', validationAccuracy: 0.9312 },
] as const;

interface Classified {
  readonly images: LabelledImages;
  readonly labels: readonly number[];
  readonly confidences: readonly number[];
}

describeWith(['dataset'], 'the baselines of the shipped models', () => {
  let test: LabelledImages;
  beforeAll(async () => {
    test = await loadFashionMnist('test', {});
  });

  describe.each(SHIPPED)('$spec', ({ spec, validationAccuracy }) => {
    let files: ModelFiles;
    beforeAll(async () => {
      files = await readModelFiles(await resolveModelDir(spec));
    });

    it('gives hardly a false alarm in windows of the test set, in fp32', () => expectQuiet('fp32'));

    it('gives hardly a false alarm in windows of the test set, in int8', () => expectQuiet('int8'));

    async function expectQuiet(precision: 'fp32' | 'int8'): Promise<void> {
      const usual = await classify(files, test, precision);
      expect(windows(files, usual, SERIOUS_DRIFT)).toHaveLength(100);
      expect(alarms(windows(files, usual, SERIOUS_DRIFT))).toEqual([]);
      expect(alarms(windows(files, usual, SLIGHT_DRIFT))).toEqual([]);
      expect(windows(files, usual, SLIGHT_DRIFT, FEW)).toHaveLength(1_000);
      // Counted: none for fashion-mnist 1 and 2, two for LeNet.
      expect(alarms(windows(files, usual, SLIGHT_DRIFT, FEW)).length).toBeLessThan(5);
    }

    it('raises an alarm in each window when the images change', async () => {
      const some = pickImages(test, [...test.labels.keys()].slice(0, 2 * WINDOW));
      const alarmsAfter = async (change: (pixel: number) => number) => {
        const pixels = some.pixels.map((pixel) => Math.min(255, Math.max(0, change(pixel))));
        return alarms(windows(files, await classify(files, { ...some, pixels }), SERIOUS_DRIFT));
      };
      expect(await alarmsAfter((pixel) => pixel)).toEqual([]);
      expect(await alarmsAfter((pixel) => pixel / 2)).toHaveLength(20);
      expect(await alarmsAfter((pixel) => pixel + 60)).toHaveLength(20);
      expect(await alarmsAfter((pixel) => 255 - pixel)).toHaveLength(20);
      const bags = [...test.labels.keys()].filter((i) => test.labels[i] === 8 || i % 5 === 0).slice(0, 2_000);
      const mostlyBags = await classify(files, pickImages(test, bags));
      expect(alarms(windows(files, mostlyBags, SERIOUS_DRIFT))).toEqual(
        Array.from({ length: 20 }, () => 'classes'),
      );
    });

    it('matches a measurement on the validation images and the accuracy of the training', async () => {
      const { validation } = splitValidation(await loadFashionMnist('train', {}), createRandom(1));
      const measured = measureBaseline(validation, await probabilitiesOf(files, validation));
      const kept = files.manifest.baseline!;
      expect(measured.accuracy).toBeCloseTo(validationAccuracy, 3);
      expect(keptEpoch(files.manifest.history!)?.validationAccuracy).toBe(validationAccuracy);
      // Another processor may round an image or two otherwise.
      measured.classes.forEach((share, label) => expect(share).toBeCloseTo(kept.classes[label]!, 2));
      expect(measured.calibration.temperature).toBeCloseTo(kept.calibration.temperature, 3);
      expect(measured.brightness).toEqual(kept.brightness);
    });

    it('has a temperature that also improves the test set', async () => {
      const probabilities = await probabilitiesOf(files, test);
      const { temperature } = files.manifest.baseline!.calibration;
      const logLossAt = (some: number) =>
        computeMetrics(atTemperature(probabilities, test.labels.length, some), test.labels).logLoss;
      expect(logLossAt(temperature)).toBeLessThan(logLossAt(1));
    });
  });
});

async function probabilitiesOf(
  files: ModelFiles,
  images: LabelledImages,
  precision: Precision = 'fp32',
): Promise<Float32Array> {
  const runtime = await loadRuntime(files, 'onnx', precision);
  const probabilities = await classifyImages(images, (pixels, n) => runtime.predict(pixels, n));
  await runtime.dispose();
  return probabilities;
}

async function classify(
  files: ModelFiles,
  images: LabelledImages,
  precision?: Precision,
): Promise<Classified> {
  const probabilities = await probabilitiesOf(files, images, precision);
  const rows = Array.from(images.labels, (_, i) => probabilities.subarray(10 * i, 10 * i + 10));
  return { images, labels: rows.map((row) => argMax(row)), confidences: rows.map((row) => Math.max(...row)) };
}

/** All images in ten orders, `size` at a time: a hundred windows of a thousand of the test set. */
function windows(
  files: ModelFiles,
  { images, labels, confidences }: Classified,
  above: number,
  size = WINDOW,
): DriftFinding[] {
  const window = new DriftWindow(files.manifest.baseline!);
  const sums = Array.from(labels, (_, i) =>
    sumPixels(images.pixels.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS), 1, IMAGE_PIXELS),
  );
  return Array.from({ length: ROUNDS }, (_, seed) => {
    const order = createPermutation(labels.length, createRandom(seed + 1));
    return Array.from({ length: labels.length / size }, (__, at) => {
      window.clear();
      for (const i of order.subarray(at * size, (at + 1) * size))
        window.add(labels[i]!, confidences[i]!, sums[i]);
      return window.measure(above);
    });
  }).flat();
}

function alarms(findings: readonly DriftFinding[]): DriftFinding['measure'][] {
  return findings.filter(({ index, limit }) => index > limit).map(({ measure }) => measure);
}

describe('a temperature', () => {
  it('reverses the sharpening of calibrated probabilities', () => {
    const random = createRandom(3);
    const n = 4_000;
    const honest = new Float32Array(2 * n);
    const labels = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const p = 0.5 + 0.5 * random();
      honest.set([p, 1 - p], 2 * i);
      labels[i] = random() < p ? 0 : 1;
    }
    const calibration = calibrate(atTemperature(honest, n, 0.5), labels);
    expect(calibration.temperature).toBeGreaterThan(1.8);
    expect(calibration.temperature).toBeLessThan(2.2);
    expect(calibration.calibratedError).toBeLessThan(0.03);
    expect(calibration.error).toBeGreaterThan(calibration.calibratedError);
  });
});
