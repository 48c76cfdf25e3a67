import { isFashionMnist, type ModelShape } from './model-shape';

/** What the network is fed: (pixel × scale + offset − mean) / std, by channel. Pixels are 0–255. */
export interface Preprocessing {
  readonly scale: number;
  readonly offset: number;
  /** One for each channel, in the network's order. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** The network's order of the channels; pixels outside of it are always red first. */
  readonly order: 'grey' | 'rgb' | 'bgr';
}

/** From the numbers of the network to scores of the classes. */
export interface ModelOutput {
  /** What the program applies after the network. One number for two labels becomes [1 − p, p]. */
  readonly activation: 'none' | 'softmax' | 'sigmoid';
  /** Several labels may be true at once: the scores are from 0 to 1, but do not add up to 1. */
  readonly independent: boolean;
  /** Classes in a prediction; all if absent. */
  readonly top?: number;
  /** Present for a model that finds objects; the last label is `NOTHING` then. */
  readonly objects?: ObjectsOutput;
}

/**
 * Tensors of a model that finds objects, where N is the number of candidates and C of classes. `yolo`: [1, 4 + C, N] or
 * [1, N, 4 + C]. `yolov5`: [1, N, 5 + C], with the score of any object before the classes. `ssd`: boxes [1, N, 4] and
 * scores [1, N, C]. `nms`: overlapping boxes are removed by the model; [1, N, 6] or boxes, scores and classes.
 */
export const BOX_FORMATS = ['yolo', 'yolov5', 'ssd', 'nms'] as const;
/** Numbers of a box: its centre and size, or two of its corners. */
export const BOX_CORNERS = ['xywh', 'xyxy', 'yxyx'] as const;
/** Pixels of the model's input, or shares of its sides. */
export const BOX_UNITS = ['pixels', 'share'] as const;

/** From the tensors of a model to objects. */
export interface ObjectsOutput {
  readonly format: (typeof BOX_FORMATS)[number];
  readonly corners: (typeof BOX_CORNERS)[number];
  readonly units: (typeof BOX_UNITS)[number];
  /** The model's number of the first label: 1 if its class 0 is the background. */
  readonly firstClass: number;
  /** Lowest confidence of an object. */
  readonly threshold: number;
  /** Of two boxes of a class that overlap by more than this share of their union, the better one stays. */
  readonly iou: number;
  /** Most objects of one image. */
  readonly max: number;
}

/** `function`: a function of the embedding program, or a remote model. */
export const MODEL_KINDS = ['layers', 'graph', 'onnx', 'function'] as const;

/** A loaded model as its clients see it: its images, its numbers and its scores. */
export interface ModelDescription {
  readonly kind: (typeof MODEL_KINDS)[number];
  readonly shape: ModelShape;
  readonly preprocessing: Preprocessing;
  /** Order of the numbers that the network is fed. */
  readonly layout: 'nhwc' | 'nchw';
  /**
   * Whether numbers in requests reach the network as they are. Otherwise they become pixels first: always for
   * Fashion-MNIST's images as fractions, for networks of whole numbers, and for functions.
   */
  readonly takesNumbers?: boolean;
  readonly output: ModelOutput;
}

/** Whether the network is fed pixels / 255. */
export function isFraction({ scale, offset, mean, std }: Preprocessing): boolean {
  return scale === 1 / 255 && offset === 0 && mean.every((one) => one === 0) && std.every((one) => one === 1);
}

/** Models with more classes than this publish only the best ones. */
export const MOST_CLASSES_IN_FULL = 100;
const DEFAULT_TOP = 10;

/** Classes in a prediction where the model does not say it; undefined for all. */
export function topByDefault(classes: number): number | undefined {
  return classes > MOST_CLASSES_IN_FULL ? DEFAULT_TOP : undefined;
}

/** Classes in a prediction, best first; undefined for all, in the order of the labels. */
export function topOf({ shape, output }: Pick<ModelDescription, 'shape' | 'output'>): number | undefined {
  const classes = shape.labels.length;
  const top = output.top ?? topByDefault(classes);
  return top === undefined ? undefined : Math.min(top, classes);
}

/** Version of the schema of the model's predictions: 1 is for Fashion-MNIST's classes only. */
export function predictionVersionOf(description: Pick<ModelDescription, 'shape' | 'output'>): 1 | 2 {
  const all = topOf(description) === undefined && !description.output.independent;
  return all && isFashionMnist(description.shape) ? 1 : 2;
}
