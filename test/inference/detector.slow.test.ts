/** @jest-environment ./test/helpers/one-realm-environment.js */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadRuntime } from '../../src/inference/load-runtime';
import { readModelFiles } from '../../src/models/files';
import { SIDE, drawn, writeDetector, type DetectorForm, type Rectangle } from '../helpers/detector';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-detector-'));
});
afterAll(() => rm(folder, { recursive: true }));

const RECTANGLES: readonly Rectangle[] = [
  { colour: 'red', box: [4, 6, 20, 12] },
  { colour: 'green', box: [30, 40, 34, 24] },
  { colour: 'red', box: [40, 2, 9, 30] },
];

describe.each<[DetectorForm, object]>([
  ['yolo', { format: 'yolo', corners: 'xywh', units: 'pixels', firstClass: 0 }],
  ['ssd', { format: 'ssd', corners: 'xyxy', units: 'share', firstClass: 1 }],
  ['nms', { format: 'nms', corners: 'xyxy', units: 'pixels', firstClass: 0 }],
])('a detector with the output %s', (form, recognised) => {
  it('is recognised by the sizes of its outputs, and finds each object once', async () => {
    const files = await readModelFiles(await writeDetector(path.join(folder, form), form));
    expect(files.output).toMatchObject({ independent: true, objects: recognised });
    expect(files.shape.labels).toEqual(['red', 'green', 'nothing']);
    expect(files.shape.resize).toBe(form === 'yolo' ? 'fit' : 'stretch');
    const runtime = await loadRuntime(files, 'auto', 'fp32');
    try {
      const pixels = Buffer.concat([drawn(SIDE, SIDE, []), drawn(SIDE, SIDE, RECTANGLES)]);
      const [none, found] = await runtime.detect!(pixels, 2);
      expect(none).toEqual([]);
      expect(found).toHaveLength(RECTANGLES.length);
      for (const { colour, box } of RECTANGLES) {
        const label = files.shape.labels.indexOf(colour);
        expect(found).toContainEqual({ label, confidence: 0.9, box });
      }
      const scores = await runtime.predict(pixels, 2);
      expect([...scores].map((score) => Number(score.toFixed(6)))).toEqual([0, 0, 1, 0.9, 0.9, 0]);
    } finally {
      await runtime.dispose();
    }
  });
});
