import type { ModelOutput, ObjectsOutput } from '../../../src/core/model-description';
import { findObjects, type OutputTensor } from '../../../src/inference/detection/find-objects';
import { YOLO } from '../../helpers/objects-output';

const SHAPE = {
  width: 100,
  height: 50,
  channels: 3,
  resize: 'stretch',
  invert: 'never',
  labels: ['cat', 'dog', 'nothing'],
} as const;

const tensor = (values: ArrayLike<number>, ...dims: number[]): OutputTensor => ({
  data: Float32Array.from(values),
  dims,
});
const find = (
  tensors: readonly OutputTensor[],
  objects: Partial<ObjectsOutput> = {},
  activation: ModelOutput['activation'] = 'none',
) => findObjects(tensors, { activation, objects: { ...YOLO, ...objects } }, SHAPE);

const CAT = { label: 0, confidence: 0.75, box: [10, 10, 20, 10] };
const DOG = { label: 1, confidence: 0.5, box: [0, 0, 10, 10] };

describe('objects are read from', () => {
  it.each<[string, readonly OutputTensor[], Partial<ObjectsOutput>]>([
    [
      'numbers by candidate',
      [tensor([20, 15, 20, 10, 0.75, 0.1, 5, 5, 10, 10, 0, 0.5, 1, 1, 1, 1, 0, 0], 1, 3, 6)],
      {},
    ],
    [
      'candidates by number',
      [tensor([20, 5, 1, 15, 5, 1, 20, 10, 1, 10, 10, 1, 0.75, 0, 0, 0.1, 0.5, 0], 1, 6, 3)],
      {},
    ],
    [
      'candidates with a score for any object',
      [tensor([20, 15, 20, 10, 0.75, 1, 0, 5, 5, 10, 10, 0.5, 0, 1, 1, 1, 1, 1, 0.2, 1, 0], 1, 3, 7)],
      { format: 'yolov5' },
    ],
    [
      'boxes and scores with a background',
      [
        tensor([0.1, 0.2, 0.3, 0.4, 0, 0, 0.1, 0.2, 0, 0, 1, 1], 1, 3, 4),
        tensor([0.2, 0.75, 0.1, 0.4, 0, 0.5, 0.9, 0.1, 0.1], 1, 3, 3),
      ],
      { format: 'ssd', corners: 'xyxy', units: 'share', firstClass: 1 },
    ],
    [
      'rows',
      [tensor([10, 10, 30, 20, 0.75, 0, 0, 0, 10, 10, 0.5, 1, 0, 0, 0, 0, 0, 0], 1, 3, 6)],
      { format: 'nms', corners: 'xyxy' },
    ],
    [
      'boxes, scores and classes from 1',
      [tensor([0.2, 0.1, 0.4, 0.3, 0, 0, 0.2, 0.1], 2, 4), tensor([0.75, 0.5], 2), tensor([1, 2], 2)],
      { format: 'nms', corners: 'yxyx', units: 'share', firstClass: 1 },
    ],
  ])('%s', (_name, tensors, output) => {
    const found = find(tensors, output);
    expect(found.map(({ box, ...one }) => ({ ...one, box: box.map((value) => Math.round(value)) }))).toEqual([
      CAT,
      DOG,
    ]);
  });

  it('logits, with the activation that the user sets', () => {
    const boxes = tensor([0, 0, 10, 10], 1, 1, 4);
    const [one] = find([tensor([5, 5, 10, 10, 0, -9], 1, 1, 6)], { format: 'yolo' }, 'sigmoid');
    expect(one).toMatchObject({ label: 0, confidence: 0.5 });
    const ssd = { format: 'ssd', corners: 'xyxy', firstClass: 1 } as const;
    expect(find([boxes, tensor([0, 0, 0], 1, 1, 3)], ssd, 'softmax')[0]).toMatchObject({
      confidence: 0.333333,
    });
    expect(() => find([boxes, tensor([0, 7, 0], 1, 1, 3)], ssd)).toThrow(
      /confidence of the model is 7.*sigmoid/,
    );
  });
});

describe('of a hostile model', () => {
  it('boxes that are not finite, empty or outside of the image are ignored', () => {
    const rows = [
      [NaN, 1, 5, 5, 0.9, 0],
      [1, 1, Infinity, 5, 0.9, 0],
      [5, 5, 1, 1, 0.9, 0],
      [200, 0, 300, 10, 0.9, 0],
      [0, 0, 5, 5, NaN, 0],
      [0, 0, 5, 5, 0.9, -1],
      [0, 0, 5, 5, 0.9, NaN],
      [-1e30, -1e30, 1e30, 1e30, 0.9, 1],
    ];
    const found = find([tensor(rows.flat(), rows.length, 6)], { format: 'nms', corners: 'xyxy' });
    expect(found).toEqual([{ label: 1, confidence: 0.9, box: [0, 0, 100, 50] }]);
  });

  const rows = { format: 'nms', corners: 'xyxy' } as const;
  const ssd = { format: 'ssd', corners: 'xyxy', firstClass: 1 } as const;
  it.each<[string, readonly OutputTensor[], Partial<ObjectsOutput>, ModelOutput['activation']]>([
    ['all numbers', [tensor(Array<number>(12).fill(NaN), 1, 6, 2)], {}, 'none'],
    ['all numbers of logits', [tensor(Array<number>(6).fill(NaN), 1, 1, 6)], {}, 'sigmoid'],
    ['all boxes', [tensor([NaN, NaN, NaN, NaN, 0.9, 0, NaN, 1, 1, 1, 0, 0], 1, 2, 6)], {}, 'none'],
    [
      'all confidences of any object',
      [tensor([5, 5, 5, 5, NaN, 1, 0], 1, 1, 7)],
      { format: 'yolov5' },
      'none',
    ],
    ['all scores', [tensor([0, 0, 1, 1], 1, 1, 4), tensor([NaN, NaN, NaN], 1, 1, 3)], ssd, 'softmax'],
    ['all rows', [tensor([0, 0, 5, 5, NaN, 0], 1, 6)], rows, 'none'],
    [
      'all scores of three outputs',
      [tensor([0, 0, 5, 5], 1, 4), tensor([NaN], 1), tensor([0], 1)],
      rows,
      'none',
    ],
  ])('%s that are not finite are refused', (_name, tensors, output, activation) => {
    expect(() => find(tensors, output, activation)).toThrow(
      /every candidate of the model has a number that is not finite/,
    );
  });

  it('one finite candidate, no candidates, and scores of minus infinity are results', () => {
    expect(find([tensor([NaN, NaN, NaN, NaN, NaN, 0, 1, 1, 1, 1, 0, 0], 2, 6)], rows)).toEqual([]);
    expect(find([tensor([], 0, 6)], rows)).toEqual([]);
    expect(find([tensor([5, 5, 5, 5, -Infinity, -3], 1, 1, 6)], {}, 'sigmoid')).toEqual([]);
  });

  it('a class above the labels is refused with the remedy, and one before the first is ignored', () => {
    const ofClass = (number: number) => [tensor([0, 0, 5, 5, 0.9, number], 1, 6)];
    expect(() => find(ofClass(2), rows)).toThrow(
      /object of class 2, but its labels are for the classes 0 to 1.*labels needs 3 entries.*firstClass to 1/,
    );
    expect(() => find(ofClass(5), { ...rows, firstClass: 1 })).toThrow(
      /classes 1 to 2.*needs 5 entries or more$/,
    );
    expect(find(ofClass(0), { ...rows, firstClass: 1 })).toEqual([]);
    expect(find([tensor([0, 0, 5, 5, 0.2, 7], 1, 6)], rows)).toEqual([]);
  });

  it.each<[readonly OutputTensor[], Partial<ObjectsOutput>]>([
    [[tensor([1, 2, 3, 4, 5], 1, 1, 5)], {}],
    [[tensor([], 0)], {}],
    [[tensor([1, 2, 3, 4], 1, 1, 4), tensor([1, 2, 3], 1, 3)], { format: 'ssd' }],
    [[tensor([1, 2, 3], 3), tensor([1], 1), tensor([1], 1)], { format: 'nms' }],
    [[tensor([1, 2, 3, 4, 5, 6, 7], 1, 7)], { format: 'nms' }],
  ])('outputs of other sizes are refused: %#', (tensors, output) => {
    expect(() => find(tensors, output)).toThrow(/has the sizes \[/);
  });
});

it('of two boxes of one class that overlap, the better one stays', () => {
  const rows = [
    20, 15, 20, 10, 0.7, 0, 21, 15, 20, 10, 0.75, 0, 21, 15, 20, 10, 0, 0.5, 60, 15, 20, 10, 0.3, 0,
  ];
  const found = find([tensor(rows, 1, 4, 6)]);
  expect(found.map(({ label, confidence }) => [label, confidence])).toEqual([
    [0, 0.75],
    [1, 0.5],
    [0, 0.3],
  ]);
});
