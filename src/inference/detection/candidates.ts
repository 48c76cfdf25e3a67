import { StreamInferError } from '../../core/errors';
import type { Box } from '../../core/found-objects';
import type { ObjectsOutput } from '../../core/model-description';
import type { ModelShape } from '../../core/model-shape';
import type { Detected, ImageObjects } from './objects';

/** Boxes that are compared with each other: removing overlaps takes the square of it. */
const MOST_CANDIDATES = 1000;
/** Rounding in half precision. */
const MOST_CONFIDENCE = 1.001;

/** The best boxes of one image: of any number of rows, a bounded number is kept. */
export class Candidates {
  #kept: Detected[] = [];
  /** Rows below it cannot be among the best any more. */
  #floor: number;

  constructor(
    private readonly output: ObjectsOutput,
    private readonly shape: Pick<ModelShape, 'width' | 'height'>,
    private readonly labels: number,
  ) {
    this.#floor = output.threshold;
  }

  /** Confidence that a row needs. */
  get floor(): number {
    return this.#floor;
  }

  /**
   * Ignores a row without a valid confidence or box, and classes before the first one, such as the background. Throws
   * MODEL_UNSUPPORTED for a confidence above 1, and for a class above the labels.
   *
   * @param classNumber as the model counts
   */
  offer(confidence: number, classNumber: number, a: number, b: number, c: number, d: number): void {
    if (!(confidence >= this.#floor)) return;
    if (confidence > MOST_CONFIDENCE) throw notConfidence(confidence);
    const label = Math.round(classNumber) - this.output.firstClass;
    if (!(label >= 0)) return;
    const box = this.#boxOf(a, b, c, d);
    if (box === undefined) return;
    if (label >= this.labels) throw withoutLabel(label, this.labels, this.output.firstClass);
    this.#kept.push({ label, confidence: Math.round(Math.min(1, confidence) * 1e6) / 1e6, box });
    if (this.#kept.length >= 2 * MOST_CANDIDATES) this.#shrink();
  }

  /** Best first; boxes of one class that overlap too much are removed, unless the model has done that. */
  finish(): ImageObjects {
    this.#shrink();
    const { format, iou, max } = this.output;
    if (format === 'nms') return this.#kept.slice(0, max);
    const chosen: Detected[] = [];
    for (const one of this.#kept) {
      if (chosen.length === max) break;
      const isRepeated = chosen.some(
        (other) => other.label === one.label && overlap(other.box, one.box) > iou,
      );
      if (!isRepeated) chosen.push(one);
    }
    return chosen;
  }

  #shrink(): void {
    this.#kept.sort((one, other) => other.confidence - one.confidence);
    if (this.#kept.length <= MOST_CANDIDATES) return;
    this.#kept.length = MOST_CANDIDATES;
    this.#floor = this.#kept.at(-1)!.confidence;
  }

  /** Cut to the model's input; undefined if nothing is left, also of numbers that are not finite. */
  #boxOf(a: number, b: number, c: number, d: number): Box | undefined {
    const { corners, units } = this.output;
    const { width, height } = this.shape;
    const [across, down] = units === 'share' ? [width, height] : [1, 1];
    const [x, y, other, another] = corners === 'yxyx' ? [b, a, d, c] : [a, b, c, d];
    const isCentre = corners === 'xywh';
    const [left, right] = isCentre ? [x - other / 2, x + other / 2] : [x, other];
    const [top, bottom] = isCentre ? [y - another / 2, y + another / 2] : [y, another];
    if (!Number.isFinite(left + right + top + bottom)) return undefined;
    const [from, to] = [Math.max(0, left * across), Math.min(width, right * across)];
    const [above, below] = [Math.max(0, top * down), Math.min(height, bottom * down)];
    return to > from && below > above ? [from, above, to - from, below - above] : undefined;
  }
}

/** Share of the union of two boxes that both cover. */
function overlap(one: Box, other: Box): number {
  const width = Math.min(one[0] + one[2], other[0] + other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[1] + one[3], other[1] + other[3]) - Math.max(one[1], other[1]);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (one[2] * one[3] + other[2] * other[3] - both);
}

function notConfidence(value: number): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `a confidence of the model is ${value}, not from 0 to 1; set "output": {"activation": "sigmoid"} in ` +
      'classifier.json ("softmax" for a model with a background class), or the right "format"',
  );
}

function withoutLabel(label: number, labels: number, firstClass: number): StreamInferError {
  const found = label + firstClass;
  const most = labels - 1 + firstClass;
  const shift =
    firstClass === 0 ? ', or set output.firstClass to 1 if the model counts its classes from 1' : '';
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the model found an object of class ${found}, but its labels are for the classes ${firstClass} to ${most}; ` +
      `in classifier.json, labels needs ${label + 1} entries or more${shift}`,
  );
}
