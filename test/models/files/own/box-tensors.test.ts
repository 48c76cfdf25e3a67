import {
  boxesInFormat,
  isUnclear,
  recogniseBoxes,
} from '../../../../src/models/files/own/describe/box-tensors';
import type { OnnxTensor } from '../../../../src/models/files/onnx/file';

const output = (name: string, dims: OnnxTensor['dims'], type = 'float32'): OnnxTensor => ({
  name,
  type,
  dims,
});

describe('outputs are recognised', () => {
  it.each<[string, readonly OnnxTensor[], number | undefined, object]>([
    ['YOLOv8', [output('output0', [1, 84, 8400])], 80, { format: 'yolo', classes: 80 }],
    [
      'YOLOv8 of any size',
      [output('output0', ['batch', 84, 'anchors'])],
      undefined,
      { format: 'yolo', classes: 80 },
    ],
    ['YOLOv8, transposed', [output('output0', [1, 8400, 84])], 80, { format: 'yolo', classes: 80 }],
    ['YOLOv5', [output('output0', [1, 25200, 85])], 80, { format: 'yolov5', classes: 80 }],
    [
      'YOLOv5 without class names',
      [output('output0', [1, 25200, 85])],
      undefined,
      { format: 'yolov5', classes: 80 },
    ],
    ['YOLOv5 of one class', [output('output0', [1, 25200, 6])], 1, { format: 'yolov5', classes: 1 }],
    ['YOLO with boxes that do not overlap', [output('output0', [1, 300, 6])], 80, { format: 'nms' }],
    [
      'SSD',
      [output('scores', [1, 4420, 21]), output('boxes', [1, 4420, 4])],
      20,
      { format: 'ssd', outputs: ['boxes', 'scores'], classes: 21 },
    ],
    [
      'SSD of four classes',
      [output('confidence', [1, 4420, 4]), output('loc', [1, 4420, 4])],
      4,
      { format: 'ssd', outputs: ['loc', 'confidence'], classes: 4 },
    ],
    [
      'torchvision',
      [output('boxes', ['n', 4]), output('labels', ['n'], 'int64'), output('scores', ['n'])],
      90,
      { format: 'nms', outputs: ['boxes', 'scores', 'labels'] },
    ],
    [
      'TensorFlow',
      [
        output('num_detections', [1]),
        output('detection_boxes', [1, 100, 4]),
        output('detection_scores', [1, 100]),
        output('detection_classes', [1, 100]),
      ],
      90,
      { format: 'nms', outputs: ['detection_boxes', 'detection_scores', 'detection_classes'] },
    ],
  ])('%s', (_name, tensors, labels, expected) => {
    expect(recogniseBoxes(tensors, {}, labels)).toMatchObject(expected);
  });

  it.each<[string, readonly OnnxTensor[], number | undefined]>([
    ['scores of classes', [output('scores', [1, 1000])], 1000],
    ['a classifier of four classes with features', [output('probs', [1, 4]), output('features', [1, 64])], 4],
    ['a row that may be two things', [output('output0', [1, 'n', 6])], 1],
    ['maps of a segmentation', [output('masks', [1, 21, 64, 64])], 21],
    ['no sizes', [output('output0', null)], 3],
  ])('but not %s', (_name, tensors, labels) => {
    expect(recogniseBoxes(tensors, {}, labels)).toBeUndefined();
  });
});

it.each<[number, number | undefined, string, readonly string[]]>([
  [300, 80, 'nms', []],
  [300, 2, 'nms', ['yolo']],
  [300, 1, 'nms', ['yolov5']],
  [2_000, 80, 'nms', []],
  [2_000, 2, 'yolo', ['nms']],
  [2_000, 1, 'yolov5', ['nms']],
  [2_000, undefined, 'yolov5', ['nms', 'yolo']],
])('%i rows of six numbers and %p labels are %s, and may be %j', (rows, labels, format, alsoFits) => {
  const found = recogniseBoxes([output('output0', [1, rows, 6])], {}, labels);
  expect(found).toMatchObject({ format, alsoFits });
});

it('rows of six numbers without a known count are unclear', () => {
  expect(isUnclear([output('output0', ['n', 'dets', 6])], {})).toBe(true);
  expect(isUnclear([output('output0', ['n', 300, 6])], {})).toBe(false);
  expect(isUnclear([output('scores', ['n', 6])], {})).toBe(false);
});

it('a format that the user names is taken', () => {
  const tensors = [output('a', [1, 'n', 6]), output('b', [1, 3, 20, 20, 6])];
  expect(boxesInFormat(tensors, { name: 'a' }, 'yolov5')).toEqual({
    format: 'yolov5',
    outputs: ['a'],
    classes: 1,
  });
  expect(boxesInFormat(tensors, { name: 'a' }, 'nms')).toMatchObject({ format: 'nms', outputs: ['a'] });
  expect(boxesInFormat(tensors, {}, 'ssd')).toBeUndefined();
});
