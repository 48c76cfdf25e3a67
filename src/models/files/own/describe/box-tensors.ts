import type { ObjectsOutput } from '../../../../core/model-description';
import type { OnnxTensor } from '../../onnx/file';

/** The outputs of a model that finds objects. */
export interface BoxTensors {
  readonly format: ObjectsOutput['format'];
  /** In the order of `ObjectsOutput.format`. */
  readonly outputs: readonly string[];
  /** Classes by the sizes of the outputs, for `ssd` with the background if there is one; undefined if they do not show it. */
  readonly classes: number | undefined;
  /** Other formats with the same sizes. */
  readonly alsoFits?: readonly ObjectsOutput['format'][];
}

/** Names of outputs that the user gave. */
export interface OutputNames {
  readonly name?: string | undefined;
  readonly boxes?: string | undefined;
  readonly scores?: string | undefined;
  readonly classes?: string | undefined;
}

type Dims = readonly (number | null)[];

const FLOATS = /^(float(16|32|64)|bfloat16)$/;
const BOX_SIZE = 4;
/** Corners, confidence and class of the rows that are left after the removal of overlapping boxes. */
const ROW_SIZE = 6;
/** A model that removes overlapping boxes itself leaves fewer; one that does not has more candidates. */
const MOST_ROWS = 1000;

/** By names and sizes of the outputs; undefined if they are not of objects, or may be something else. */
export function recogniseBoxes(
  tensors: readonly OnnxTensor[],
  names: OutputNames,
  labels: number | undefined,
): BoxTensors | undefined {
  return inSeveral(tensors, names) ?? inOne(tensors, names, labels);
}

/** For a format that the user gave; undefined if no outputs fit it. */
export function boxesInFormat(
  tensors: readonly OnnxTensor[],
  names: OutputNames,
  format: ObjectsOutput['format'],
): BoxTensors | undefined {
  const several = inSeveral(tensors, names);
  if (several?.format === format) return several;
  const floats = tensors.filter(({ type }) => FLOATS.test(type));
  const one =
    floats.find(({ name }) => name === names.name) ?? floats.find((tensor) => dimsOf(tensor).length === 3);
  const only = one ?? (floats.length === 1 ? floats[0] : undefined);
  if (only === undefined || format === 'ssd') return undefined;
  if (format === 'nms') return { format, outputs: [only.name], classes: undefined };
  const { attributes } = columnsOf(dimsOf(only));
  const first = format === 'yolo' ? BOX_SIZE : BOX_SIZE + 1;
  return { format, outputs: [only.name], classes: attributes === null ? undefined : attributes - first };
}

function inSeveral(tensors: readonly OnnxTensor[], names: OutputNames): BoxTensors | undefined {
  const boxes = named(tensors, names.boxes) ?? onlyBoxes(tensors);
  if (boxes === undefined) return undefined;
  const others = tensors.filter((one) => one !== boxes);
  const rank = dimsOf(boxes).length;
  const scores = named(others, names.scores) ?? scoresBeside(others, rank);
  if (scores === undefined) return undefined;
  const classes =
    named(others, names.classes) ??
    others.find((one) => one !== scores && dimsOf(one).length === rank - 1 && isOfClasses(one));
  if (classes !== undefined)
    return { format: 'nms', outputs: [boxes.name, scores.name, classes.name], classes: undefined };
  // Two outputs with a row for each image are of a classifier.
  const isClear = rank === 3 || names.boxes !== undefined;
  if (dimsOf(scores).length !== rank || !isClear) return undefined;
  const count = dimsOf(scores).at(-1) ?? undefined;
  return { format: 'ssd', outputs: [boxes.name, scores.name], classes: count };
}

function named(tensors: readonly OnnxTensor[], name: string | undefined): OnnxTensor | undefined {
  return name === undefined ? undefined : tensors.find((one) => one.name === name);
}

/** Of several with four numbers at the end, one is of four classes. */
function onlyBoxes(tensors: readonly OnnxTensor[]): OnnxTensor | undefined {
  const fours = tensors.filter((one) => {
    const dims = dimsOf(one);
    return FLOATS.test(one.type) && (dims.length === 2 || dims.length === 3) && dims.at(-1) === BOX_SIZE;
  });
  if (tensors.length < 2 || fours.length < 2) return tensors.length < 2 ? undefined : fours[0];
  return fours.find(({ name }) => /box|loc/i.test(name));
}

function scoresBeside(others: readonly OnnxTensor[], rank: number): OnnxTensor | undefined {
  const floats = others.filter(({ type }) => FLOATS.test(type));
  const ofRank = (wanted: number) => floats.filter((one) => dimsOf(one).length === wanted);
  const hasClasses = others.some((one) => dimsOf(one).length === rank - 1 && isOfClasses(one));
  const candidates = hasClasses ? ofRank(rank - 1).filter((one) => !isOfClasses(one)) : ofRank(rank);
  return candidates.find(({ name }) => /score|conf|prob/i.test(name)) ?? candidates[0];
}

function isOfClasses({ name, type }: OnnxTensor): boolean {
  return /^u?int(8|16|32|64)$/.test(type) || /class|label/i.test(name);
}

function inOne(
  tensors: readonly OnnxTensor[],
  { name }: OutputNames,
  labels: number | undefined,
): BoxTensors | undefined {
  const rows = tensors.filter((one) => FLOATS.test(one.type) && dimsOf(one).length === 3);
  const tensor = named(rows, name) ?? (rows.length === 1 ? rows[0] : undefined);
  if (tensor === undefined) return undefined;
  const { attributes, candidates, isByRow } = columnsOf(dimsOf(tensor));
  if (attributes === null || attributes <= BOX_SIZE) return undefined;
  const found: Form = (format, classes) => ({
    format,
    outputs: [tensor.name],
    classes,
  });
  if (!isByRow) return found('yolo', attributes - BOX_SIZE);
  if (attributes === ROW_SIZE && candidates !== null)
    return withOthers(ofSix(candidates, labels, found), labels);
  if (attributes === ROW_SIZE && candidates === null)
    return labels !== undefined && labels > 2 ? found('nms') : undefined;
  if (attributes === (labels ?? -1) + BOX_SIZE) return found('yolo', attributes - BOX_SIZE);
  return attributes > BOX_SIZE + 1 ? found('yolov5', attributes - BOX_SIZE - 1) : undefined;
}

type Form = (format: ObjectsOutput['format'], classes?: number) => BoxTensors;

/** Six numbers are a box, a confidence and a class, or a box and scores of two classes, or of any object and one class. */
function ofSix(candidates: number, labels: number | undefined, found: Form): BoxTensors {
  if (candidates <= MOST_ROWS || (labels ?? 0) > 2) return found('nms');
  return labels === 2 ? found('yolo', 2) : found('yolov5', 1);
}

function withOthers(found: BoxTensors, labels: number | undefined): BoxTensors {
  const possible: ObjectsOutput['format'][] = ['nms'];
  if (labels === undefined || labels === 2) possible.push('yolo');
  if (labels === undefined || labels === 1) possible.push('yolov5');
  return { ...found, alsoFits: possible.filter((format) => format !== found.format) };
}

/** Whether the only rows have six numbers, an unknown count and, with few labels, several meanings. */
export function isUnclear(tensors: readonly OnnxTensor[], { name }: OutputNames): boolean {
  const rows = tensors.filter((one) => FLOATS.test(one.type) && dimsOf(one).length === 3);
  const tensor = named(rows, name) ?? (rows.length === 1 ? rows[0] : undefined);
  if (tensor === undefined) return false;
  const { attributes, candidates, isByRow } = columnsOf(dimsOf(tensor));
  return isByRow && attributes === ROW_SIZE && candidates === null;
}

/** Candidates outnumber the numbers of each; a size that varies is the one of the candidates. */
function columnsOf(dims: Dims): {
  readonly attributes: number | null;
  readonly candidates: number | null;
  readonly isByRow: boolean;
} {
  const [before = null, last = null] = dims.slice(-2);
  const isByRow = before === null || (last !== null && last <= before);
  return isByRow
    ? { attributes: last, candidates: before, isByRow }
    : { attributes: before, candidates: last, isByRow };
}

function dimsOf({ dims }: OnnxTensor): Dims {
  return (dims ?? []).map((size) => (typeof size === 'number' && size > 0 ? size : null));
}
