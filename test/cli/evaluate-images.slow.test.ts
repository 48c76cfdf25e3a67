/** @jest-environment ./test/helpers/one-realm-environment.js */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeImage } from '../../src/codec/encode-image';
import { computeBaseline } from '../../src/cli/actions/models-baseline';
import { measureImages } from '../../src/cli/evaluate-images';
import { evaluationToJson, renderEvaluation } from '../../src/cli/evaluation-report';
import { renderClassTable, renderConfusion } from '../../src/cli/metrics-table';
import { CLASS_NAMES } from '../../src/core/labels';
import { loadSamples } from '../../src/dataset/samples';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../src/models/files';
import { computeMetrics } from '../../src/training/metrics';

jest.setTimeout(120_000);

const COUNT = 80;
let root: string;
let files: ModelFiles;
let complaints: string;

function write(name: string, bytes: Buffer | string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), bytes);
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'stream-infer-evaluate-'));
  files = await readModelFiles(await resolveModelDir('fashion-mnist@1'));
  const samples = await loadSamples();
  const lines = ['file,label'];
  for (let i = 0; i < COUNT; i++) {
    const label = samples.labels[i] ?? 0;
    const pixels = Buffer.from(samples.pixels.subarray(i * 784, (i + 1) * 784));
    // The class T-shirt/top cannot be a folder: its number is.
    const folder = label === 0 ? '0' : (CLASS_NAMES[label] as string);
    write(`photos/${folder}/${i}.png`, (await encodeImage(pixels, 'png')).value);
    lines.push(`photos/${folder}/${i}.png,${label}`);
  }
  write('list.csv', lines.join('\n'));
  write('photos/Bag/broken.png', '\x89PNG\r\n');
  write('photos/Hat/1.png', 'a hat');
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  complaints = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

const measured = (place: string) => measureImages(files, [join(root, place)], 'onnx', 'fp32');

describe('evaluating a model on images of the user', () => {
  it('measures a folder for each class, and reports the files without a result', async () => {
    const { evaluation, labels } = await measured('photos');
    expect(labels).toHaveLength(COUNT);
    expect(evaluation.metrics.accuracy).toBeGreaterThan(0.8);
    expect(evaluation.images).toEqual({
      places: [join(root, 'photos')],
      unreadable: 1,
      withoutClass: 1,
    });
    expect(complaints).toContain('broken.png: ');
    expect(complaints).toContain('skipped: Hat/1.png: no class Hat in the model\n');
    const text = renderEvaluation(evaluation);
    expect(text).toContain(`fashion-mnist 1 on onnx, fp32, ${COUNT} images of ${join(root, 'photos')}`);
    expect(text).toContain('skipped: 1 unreadable, 1 without a class of the model');
    expect(text).not.toContain('model card');
    const report = JSON.parse(evaluationToJson(evaluation)) as object;
    expect(report).toMatchObject({ n: COUNT, images: { unreadable: 1 } });
    expect(report).not.toHaveProperty('cardAccuracy');
  });

  it('measures the images of a CSV file with the same result', async () => {
    const [folder, list] = [await measured('photos'), await measured('list.csv')];
    expect(list.evaluation.metrics.confusion).toEqual(folder.evaluation.metrics.confusion);
    expect(list.evaluation.images).toMatchObject({ unreadable: 0, withoutClass: 0 });
  });

  it('names the expected folders if no image has a class', async () => {
    await expect(measured('photos/Bag')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('make a subfolder for each class (T-shirt/top, Trouser') as string,
    });
  });
});

describe('the baseline of a model', () => {
  it('is measured on images of the user, and kept in the manifest', async () => {
    const dir = join(root, 'models/fashion-mnist/1');
    cpSync(files.dir, dir, { recursive: true });
    let printed = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    const flags = { seed: 1, images: [join(root, 'photos')] };
    await expect(computeBaseline(dir, flags)).rejects.toMatchObject({ code: 'USAGE' });
    await computeBaseline(dir, { ...flags, force: true });
    const { baseline } = (await readModelFiles(dir)).manifest;
    expect(baseline).toMatchObject({ images: COUNT, source: `${COUNT} images of photos, on onnx` });
    expect(baseline?.accuracy).toBeGreaterThan(0.8);
    expect(printed).toContain(`of ${COUNT} held-out images are right`);
  });
});

describe('the tables of a model with many classes', () => {
  const labels = Array.from({ length: 200 }, (_, i) => `a class with quite a long name ${i}`);
  const truth = Uint16Array.from({ length: 400 }, (_, i) => i % 200);
  const probabilities = new Float32Array(400 * 200);
  // Class 7 is taken for class 8 in both of its images.
  truth.forEach((label, i) => (probabilities[i * 200 + (label === 7 ? 8 : label)] = 1));
  const metrics = computeMetrics(probabilities, truth, 200);

  it('have the classes with the lowest F1, and the most frequent confusions', () => {
    expect(metrics.correct).toBe(398);
    const table = renderClassTable(metrics, labels).split('\n');
    expect(table).toHaveLength(52);
    expect(table[1]).toMatch(/^7 a class with quite a lo… +2 +0\.00 % /);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(renderConfusion(metrics, labels)).toBe(
      'most frequent confusions (actual → predicted)\n' +
        '      2  7 a class with quite a lo… → 8 a class with quite a lo…',
    );
  });
});
