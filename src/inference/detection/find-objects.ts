import { StreamInferError } from '../../core/errors';
import type { ModelOutput, ObjectsOutput } from '../../core/model-description';
import type { ModelShape } from '../../core/model-shape';
import { Candidates } from './candidates';
import { assertSomeFinite, inRows, type Columns } from './finite-rows';
import type { ImageObjects } from './objects';

/** One output of a model for one image. */
export interface OutputTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

type Output = Pick<ModelOutput, 'activation'> & { readonly objects: ObjectsOutput };

const BOX = 4;
const ROW = 6;

/**
 * The objects in the outputs of a model for one image. The time is proportional to the size of the outputs.
 * Throws MODEL_UNSUPPORTED for outputs of other sizes than the format has, a confidence above 1, a class above the labels,
 * and if no candidate is finite.
 */
export function findObjects(
  tensors: readonly OutputTensor[],
  { objects, activation }: Output,
  shape: ModelShape,
): ImageObjects {
  // The last label is for images without objects.
  const classes = shape.labels.length - 1;
  const found = new Candidates(objects, shape, classes);
  const columns = readInto(found, tensors, { objects, activation }, classes);
  const images = found.finish();
  if (images.length === 0) assertSomeFinite(columns, activation !== 'none');
  return images;
}

/** The numbers that were read. */
function readInto(
  found: Candidates,
  [first, second, third]: readonly OutputTensor[],
  { objects, activation }: Output,
  classes: number,
): Columns[] {
  switch (objects.format) {
    case 'yolo':
      return readGrid(first!, { from: BOX, classes, activation }, found);
    case 'yolov5':
      return readGrid(first!, { from: BOX + 1, classes, activation }, found);
    case 'ssd':
      return readPairs(
        first!,
        second!,
        { classes: classes + objects.firstClass, activation },
        objects,
        found,
      );
    case 'nms':
      return second && third ? readTriples(first!, second, third, found) : readRows(first!, found);
  }
}

interface Scores {
  readonly classes: number;
  readonly activation: ModelOutput['activation'];
}

/** Boxes and scores of each candidate in one tensor, candidate by candidate or number by number. */
function readGrid(
  { data, dims }: OutputTensor,
  { from, ...scores }: Scores & { from: number },
  found: Candidates,
): Columns[] {
  const attributes = from + scores.classes;
  const [before = 0, last = 0] = dims.slice(-2);
  const isByRow = last === attributes && before !== attributes;
  if (!isByRow && before !== attributes) throw otherSizes(dims, `${attributes} numbers for each candidate`);
  const count = data.length / attributes;
  const [next, row] = isByRow ? [1, attributes] : [count, 1];
  const best = new BestClass(data, next, scores);
  for (let i = 0, at = 0; i < count; i++, at += row) {
    const any = from > BOX ? confidenceOf(data[at + BOX * next]!, scores.activation) : 1;
    // Most candidates are refused here, before their classes are read.
    if (!(any >= found.floor)) continue;
    best.find(at + from * next);
    found.offer(
      any * best.confidence,
      best.classNumber,
      data[at]!,
      data[at + next]!,
      data[at + 2 * next]!,
      data[at + 3 * next]!,
    );
  }
  return [{ data, width: attributes, next, row }];
}

/** Boxes in one tensor, and their scores in another. */
function readPairs(
  boxes: OutputTensor,
  scores: OutputTensor,
  options: Scores,
  { firstClass }: ObjectsOutput,
  found: Candidates,
): Columns[] {
  const count = boxes.data.length / BOX;
  if (scores.data.length !== count * options.classes)
    throw otherSizes(scores.dims, `${options.classes} scores for each of ${count} boxes`);
  const best = new BestClass(scores.data, 1, options, firstClass);
  for (let i = 0; i < count; i++) {
    best.find(i * options.classes);
    offerBox(boxes.data, i * BOX, best.confidence, best.classNumber, found);
  }
  return [inRows(boxes.data, BOX), inRows(scores.data, options.classes)];
}

/** The results of a model that removes overlapping boxes itself, in three tensors. */
function readTriples(
  boxes: OutputTensor,
  scores: OutputTensor,
  classes: OutputTensor,
  found: Candidates,
): Columns[] {
  const count = scores.data.length;
  if (boxes.data.length !== count * BOX || classes.data.length !== count)
    throw otherSizes(boxes.dims, `${count} boxes, as many as scores, with ${count} classes`);
  for (let i = 0; i < count; i++) offerBox(boxes.data, i * BOX, scores.data[i]!, classes.data[i]!, found);
  return [inRows(boxes.data, BOX), inRows(scores.data, 1)];
}

/** The same in one tensor. */
function readRows({ data, dims }: OutputTensor, found: Candidates): Columns[] {
  if (dims.at(-1) !== ROW) throw otherSizes(dims, `${ROW} numbers for each box`);
  for (let at = 0; at < data.length; at += ROW)
    offerBox(data, at, data[at + BOX]!, data[at + BOX + 1]!, found);
  return [inRows(data, ROW)];
}

function offerBox(
  data: Float32Array,
  at: number,
  confidence: number,
  classNumber: number,
  found: Candidates,
): void {
  found.offer(confidence, classNumber, data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!);
}

/** Class with the largest score of one candidate; its fields are valid until the next one. */
class BestClass {
  classNumber = 0;
  confidence = 0;

  /**
   * @param next distance of the scores
   * @param first the first class that is one; before it is the background
   */
  constructor(
    private readonly data: Float32Array,
    private readonly next: number,
    private readonly scores: Scores,
    private readonly first = 0,
  ) {}

  find(at: number): void {
    const { data, next, first } = this;
    const { classes, activation } = this.scores;
    let [best, largest] = [first, -Infinity];
    for (let c = first; c < classes; c++) {
      const value = data[at + c * next]!;
      if (!(value > largest)) continue;
      largest = value;
      best = c;
    }
    // Otherwise a sigmoid would make 0 of it.
    if (largest === -Infinity && Number.isNaN(data[at + first * next])) largest = NaN;
    this.classNumber = best;
    this.confidence =
      activation === 'softmax' ? this.#softmax(at, largest) : confidenceOf(largest, activation);
  }

  #softmax(at: number, largest: number): number {
    let sum = 0;
    for (let c = 0; c < this.scores.classes; c++) sum += Math.exp(this.data[at + c * this.next]! - largest);
    return 1 / sum;
  }
}

function confidenceOf(value: number, activation: ModelOutput['activation']): number {
  return activation === 'sigmoid' ? 1 / (1 + Math.exp(-value)) : value;
}

function otherSizes(dims: readonly number[], expected: string): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `an output of the model has the sizes [${dims.join(', ')}]; expected ${expected}; ` +
      'set output.format and labels in classifier.json',
  );
}
