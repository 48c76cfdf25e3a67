/**
 * What the shipped model's baseline says of real images: no alarm where nothing changed, one where something did.
 *
 * @jest-environment ./test/helpers/one-realm-environment.js
 */
import { DriftWindow, SERIOUS_DRIFT, SLIGHT_DRIFT } from '../../src/core/drift';
import type { DriftFinding } from '../../src/core/event';
import { IMAGE_PIXELS } from '../../src/core/image';
import type { Precision } from '../../src/core/precision';
import { loadFashionMnist } from '../../src/dataset/fashion-mnist';
import { loadFirstRuntime } from '../../src/inference/first-runtime';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../src/inference/model-files';
import { sumPixels } from '../../src/inference/pixel-sums';
import { measureBaseline } from '../../src/training/baseline';
import type { LabelledImages } from '../../src/training/batches';
import { classifyImages } from '../../src/training/evaluate';
import { argMax } from '../../src/training/metrics';
import { createPermutation, createRandom } from '../../src/training/random';
import { atTemperature, calibrate } from '../../src/training/reliability';
import { pickImages, splitValidation } from '../../src/training/split';
import { describeWith } from '../helpers/parts';

jest.setTimeout(600_000);

const WINDOW = 1_000;
const ROUNDS = 10;

interface Classified {
  readonly images: LabelledImages;
  readonly labels: readonly number[];
  readonly confidences: readonly number[];
}

describeWith(['dataset'], 'the baseline of the shipped model', () => {
  let files: ModelFiles;
  let test: LabelledImages;

  beforeAll(async () => {
    files = await readModelFiles(await resolveModelDir('fashion-mnist'));
    test = await loadFashionMnist('test', {});
  });

  async function probabilitiesOf(
    images: LabelledImages,
    precision: Precision = 'fp32',
  ): Promise<Float32Array> {
    const runtime = await loadFirstRuntime(files, 'onnx', precision);
    const probabilities = await classifyImages(images, (pixels, n) => runtime.predict(pixels, n));
    await runtime.dispose();
    return probabilities;
  }

  async function classify(images: LabelledImages, precision?: Precision): Promise<Classified> {
    const probabilities = await probabilitiesOf(images, precision);
    const rows = Array.from(images.labels, (_, i) => probabilities.subarray(10 * i, 10 * i + 10));
    return { images, labels: rows.map(argMax), confidences: rows.map((row) => Math.max(...row)) };
  }

  /** A hundred windows: all images in ten orders, a thousand at a time. */
  function windows({ images, labels, confidences }: Classified, above: number): DriftFinding[] {
    const window = new DriftWindow(files.manifest.baseline!);
    return Array.from({ length: ROUNDS }, (_, seed) => {
      const order = createPermutation(labels.length, createRandom(seed + 1));
      return Array.from({ length: labels.length / WINDOW }, (__, at) => {
        window.clear();
        for (const i of order.subarray(at * WINDOW, (at + 1) * WINDOW)) {
          const pixels = images.pixels.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
          window.add(labels[i]!, confidences[i]!, sumPixels(pixels, 1, IMAGE_PIXELS));
        }
        return window.measure(above);
      });
    }).flat();
  }

  const alarms = (findings: readonly DriftFinding[]) =>
    findings.filter(({ index, limit }) => index > limit).map(({ measure }) => measure);

  it.each(['fp32', 'int8'] as const)(
    'gives no false alarm in 100 windows of the test set, in %s',
    async (precision) => {
      const usual = await classify(test, precision);
      expect(windows(usual, SERIOUS_DRIFT)).toHaveLength(100);
      expect(alarms(windows(usual, SERIOUS_DRIFT))).toEqual([]);
      expect(alarms(windows(usual, SLIGHT_DRIFT))).toEqual([]);
    },
  );

  it('gives an alarm in each window when the images change', async () => {
    const changed = (change: (pixel: number) => number): LabelledImages => ({
      ...test,
      pixels: test.pixels.map((pixel) => Math.min(255, Math.max(0, change(pixel)))),
    });
    const half = alarms(windows(await classify(changed((pixel) => pixel / 2)), SERIOUS_DRIFT));
    expect(half).toHaveLength(100);
    const bright = alarms(windows(await classify(changed((pixel) => pixel + 60)), SERIOUS_DRIFT));
    expect(bright).toHaveLength(100);
    const bags = [...test.labels.keys()].filter((i) => test.labels[i] === 8 || i % 5 === 0).slice(0, 2_000);
    expect(alarms(windows(await classify(pickImages(test, bags)), SERIOUS_DRIFT))).toEqual(
      Array.from({ length: 20 }, () => 'classes'),
    );
  });

  it('is what is measured on the images held out, whose accuracy is the one of the training', async () => {
    const { validation } = splitValidation(await loadFashionMnist('train', {}), createRandom(1));
    const measured = measureBaseline(validation, await probabilitiesOf(validation));
    const kept = files.manifest.baseline!;
    expect(measured.accuracy).toBeCloseTo(0.9262, 3);
    // Another processor may round an image or two otherwise.
    measured.classes.forEach((share, label) => expect(share).toBeCloseTo(kept.classes[label]!, 2));
    expect(measured.calibration.temperature).toBeCloseTo(kept.calibration.temperature, 3);
    expect(measured.brightness).toEqual(kept.brightness);
  });

  it('has a temperature that is better on the test set, too', async () => {
    const probabilities = await probabilitiesOf(test);
    const { temperature } = files.manifest.baseline!.calibration;
    const at = (some: number) =>
      calibrate(atTemperature(probabilities, test.labels.length, some), test.labels);
    expect(at(temperature).logLoss).toBeLessThan(at(1).logLoss);
  });
});

describe('a temperature', () => {
  it('undoes the sharpening of honest probabilities', () => {
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
