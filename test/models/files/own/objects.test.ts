import { objectsOf } from '../../../../src/models/files/own/describe/objects';
import type { NetworkFacts } from '../../../../src/models/files/own/network/facts';
import type { Settings } from '../../../../src/models/files/own/settings/settings';
import type { OnnxTensor } from '../../../../src/models/files/onnx/file';

const output = (name: string, dims: OnnxTensor['dims'], type = 'float32'): OnnxTensor => ({
  name,
  type,
  dims,
});
const ROWS = [output('output0', [1, 300, 6])];
const GRID = [output('output0', [1, 6, 8400])];
const THREE = [output('boxes', ['n', 4]), output('labels', ['n'], 'int64'), output('scores', ['n'])];
const LABELS = ['red', 'blue'];

function read(tensors: readonly OnnxTensor[], settings: Settings = {}) {
  const facts: NetworkFacts = {
    sha256: '',
    imageShape: [3, 8, 8],
    ending: { kind: 'unknown', by: 'Concat' },
    outputs: 6,
    outputName: tensors[0]!.name,
    otherOutputs: [],
    tensors,
    demands: [],
    warnings: [],
    build: () => {
      throw new Error('not built here');
    },
  };
  const sources = [{ origin: 'classifier.json', settings: { labels: LABELS, ...settings } }];
  return objectsOf(facts, sources, 'model.onnx');
}

it.each([1, 2, 3])(
  'rows of an unknown count with %i labels are read, or refused with the remedy',
  (count) => {
    const dynamic = [output('output0', ['n', 'dets', 6])];
    const labels = ['a', 'b', 'c'].slice(0, count);
    if (count > 2) expect(read(dynamic, { labels })?.output.objects.format).toBe('nms');
    else
      expect(() => read(dynamic, { labels })).toThrow(
        /output0 \[n,dets,6\], which fits several formats.*set output.format in classifier.json to nms .*yolo .*yolov5 /,
      );
    expect(read(dynamic, { labels, format: 'nms' })?.output.objects.format).toBe('nms');
    expect(read(dynamic, { labels, kind: 'scores' })).toBeUndefined();
  },
);

it('warns where the sizes fit several formats, unless the user has set one', () => {
  const warning =
    'the output is read as nms, but its sizes also fit yolo: set output.format in classifier.json';
  expect(read(ROWS)?.warnings).toEqual([warning]);
  expect(read(ROWS, { format: 'nms' })?.warnings).toEqual([]);
  expect(read(GRID)?.warnings).toEqual([]);
});

it('warns where the outputs do not show how classes are counted', () => {
  const [warning] = read(THREE)?.warnings ?? [];
  expect(warning).toContain('set output.firstClass in classifier.json');
  expect(read(THREE, { firstClass: 0 })?.warnings).toEqual([]);
  expect(read(THREE, { labels: ['__background__', 'red'] })?.warnings).toEqual([]);
});

it('warns about class names that occur more than once', () => {
  const [warning] = read(GRID, { labels: ['red', 'red'] })?.warnings ?? [];
  expect(warning).toContain('class names occur more than once (red)');
});

it.each<[readonly OnnxTensor[], Settings, RegExp]>([
  [GRID, { top: 3 }, /output.top has no effect; remove it, or set output.max$/],
  [ROWS, { iou: 0.3 }, /output.iou has no effect; remove it$/],
  [GRID, { labels: ['red'] }, /finds objects of 2 classes, but there is 1 label \(classifier.json\)$/],
  [[output('output0', [1, 5, 8400])], {}, /finds objects of 1 class, but there are 2 labels/],
])('settings that do not fit are refused: %#', (tensors, settings, expected) => {
  expect(() => read(tensors, settings)).toThrow(expected);
});
