import { StreamInferError } from '../../../../core/errors';
import { NOTHING } from '../../../../core/found-objects';
import type { ObjectsOutput } from '../../../../core/model-description';
import type { ModelOutput, Origins } from '../../model';
import type { OnnxTensor } from '../../onnx/file';
import { plural } from '../../../../core/plural';
import { boxesInFormat, isUnclear, recogniseBoxes, type BoxTensors, type OutputNames } from './box-tensors';
import type { NetworkFacts } from '../network/facts';
import { pick, type Picked, type Settings, type SettingsFrom } from '../settings/settings';
import { invalid, unsupportedFile } from '../source';

/** A model that finds objects: its labels with `NOTHING` at the end, and its output. */
interface Objects {
  readonly labels: Picked<readonly string[]>;
  readonly output: ModelOutput & { readonly objects: ObjectsOutput };
  readonly outputs: readonly string[];
  readonly origins: Origins;
  readonly warnings: readonly string[];
}

const SIZES = 'sizes of the outputs';
const NO_NAMES = 'no class names were found: add labels.json (a list of names in order) next to the model';
const COUNT_UNCLEAR =
  'the outputs do not show whether the classes are counted from 0 or 1: set output.firstClass in classifier.json ' +
  '(1 for models of torchvision)';
const THRESHOLD = 0.25;
const IOU = 0.45;
const MOST_OBJECTS = 100;
/** Repeated names in a warning. */
const MOST_NAMED = 10;

/**
 * How a network finds objects; undefined if it classifies. Throws MODEL_UNSUPPORTED for outputs that are unclear,
 * MODEL_CORRUPT for settings that do not fit them, MODEL_MISSING without class names.
 */
export function objectsOf(
  facts: NetworkFacts,
  sources: readonly SettingsFrom[],
  file: string,
): Objects | undefined {
  const kind = pick(sources, 'kind')?.value ?? 'auto';
  if (kind === 'scores') return undefined;
  const format = pick(sources, 'format');
  const isWanted = kind === 'boxes' || format !== undefined;
  const { tensors } = facts;
  if (tensors === undefined) {
    if (!isWanted) return undefined;
    throw unsupportedFile(file, 'is not an ONNX file, and only those can find objects', 'export it to ONNX');
  }
  const names = namesIn(sources, tensors, file);
  const labels = pick(sources, 'labels');
  const found = format
    ? boxesInFormat(tensors, names, format.value)
    : recogniseBoxes(tensors, names, labels?.value.length);
  if (found) return describe(found, format?.origin ?? SIZES, labels, sources, file);
  if (format === undefined && isUnclear(tensors, names))
    throw unsupportedFile(
      file,
      `has the output ${tensors.map(shown).join(', ')}, which fits several formats of objects`,
      'set output.format in classifier.json to nms (box, confidence and class), yolo (box and a score for each of 2 classes) ' +
        'or yolov5 (box, score of any object and of 1 class), or output.kind to scores for a classifier',
    );
  if (!isWanted) return undefined;
  throw unsupportedFile(
    file,
    `has the outputs ${tensors.map(shown).join(', ')}, which do not show how they describe objects`,
    'set output.format in classifier.json to yolo, yolov5, ssd or nms, and name the outputs: ' +
      '"name", or "boxes", "scores" and (for nms) "classes"',
  );
}

function namesIn(
  sources: readonly SettingsFrom[],
  tensors: readonly OnnxTensor[],
  file: string,
): OutputNames {
  const names = {
    name: pick(sources, 'name')?.value,
    boxes: pick(sources, 'boxes')?.value,
    scores: pick(sources, 'scores')?.value,
    classes: pick(sources, 'classes')?.value,
  };
  for (const [setting, name] of Object.entries(names)) {
    if (name === undefined || tensors.some((one) => one.name === name)) continue;
    const known = tensors.map((one) => one.name).join(', ');
    throw invalid(file, `has no output ${name}, which output.${setting} names; it has ${known}`);
  }
  return names;
}

function describe(
  found: BoxTensors,
  formatOrigin: string,
  given: Picked<readonly string[]> | undefined,
  sources: readonly SettingsFrom[],
  file: string,
): Objects {
  const labels = given ?? numbered(found.classes, file);
  const usual = usualFor(found, labels.value.length);
  const defaults: SettingsFrom = { origin: `usual for ${found.format}`, settings: usual };
  const all = [...sources, defaults];
  const chosen = <K extends keyof ObjectsOutput & keyof Settings>(key: K) => pick(all, key)!;
  const [corners, units, firstClass] = [chosen('corners'), chosen('units'), chosen('firstClass')];
  const [threshold, iou, max] = [chosen('threshold'), chosen('iou'), chosen('max')];
  assertLabelsFit(found, labels, firstClass.value, file);
  assertNothingIgnored(found, sources, file);
  const activation = pick(sources, 'activation');
  return {
    labels: { ...labels, value: [...labels.value, NOTHING] },
    output: {
      activation: activation === undefined || activation.value === 'auto' ? 'none' : activation.value,
      independent: true,
      objects: {
        format: found.format,
        corners: corners.value,
        units: units.value,
        firstClass: firstClass.value,
        threshold: threshold.value,
        iou: iou.value,
        max: max.value,
      },
    },
    outputs: found.outputs,
    origins: {
      'output.format': formatOrigin,
      'output.corners': corners.origin,
      'output.units': units.origin,
      'output.firstClass': firstClass.origin,
      'output.threshold': threshold.origin,
      'output.iou': iou.origin,
      'output.max': max.origin,
      'output.activation': activation?.origin ?? 'default for objects',
    },
    warnings: [
      ...(given ? [] : [NO_NAMES]),
      ...ambiguityOf(found, formatOrigin),
      ...repeatedNames(labels.value),
      ...(isCountUnclear(found, firstClass.origin, labels.value) ? [COUNT_UNCLEAR] : []),
    ],
  };
}

/** Models of TensorFlow's object detection name their outputs so, and have rows first, shares, and the background as 0. */
const TENSORFLOW = /detection_boxes/i;

function usualFor({ format, outputs, classes }: BoxTensors, labels: number): Settings {
  const common = { threshold: THRESHOLD, iou: IOU, max: MOST_OBJECTS, firstClass: 0 };
  if (format === 'yolo' || format === 'yolov5') return { ...common, corners: 'xywh', units: 'pixels' };
  if (TENSORFLOW.test(outputs[0]!)) return { ...common, corners: 'yxyx', units: 'share', firstClass: 1 };
  if (format === 'nms') return { ...common, corners: 'xyxy', units: 'pixels' };
  return { ...common, corners: 'xyxy', units: 'share', firstClass: classes === labels + 1 ? 1 : 0 };
}

function assertLabelsFit(
  { classes, format }: BoxTensors,
  { value, origin }: Picked<readonly string[]>,
  firstClass: number,
  file: string,
): void {
  if (value.includes(NOTHING))
    throw invalid(file, `has a class ${NOTHING} (${origin}), which is the class of images without objects`);
  if (classes === undefined || classes === value.length + (format === 'ssd' ? firstClass : 0)) return;
  throw invalid(
    file,
    `finds objects of ${plural(classes, 'class', 'classes')}, but there ${value.length === 1 ? 'is' : 'are'} ` +
      `${plural(value.length, 'label')} (${origin})`,
  );
}

/** Settings that would have no effect. */
function assertNothingIgnored({ format }: BoxTensors, sources: readonly SettingsFrom[], file: string): void {
  if (pick(sources, 'top'))
    throw invalid(file, 'finds objects, so output.top has no effect; remove it, or set output.max');
  if (format === 'nms' && pick(sources, 'iou'))
    throw invalid(
      file,
      'removes overlapping boxes itself (format nms), so output.iou has no effect; remove it',
    );
}

function ambiguityOf({ format, alsoFits = [] }: BoxTensors, origin: string): string[] {
  if (alsoFits.length === 0 || origin !== SIZES) return [];
  return [
    `the output is read as ${format}, but its sizes also fit ${alsoFits.join(' and ')}: set output.format in classifier.json`,
  ];
}

function repeatedNames(labels: readonly string[]): string[] {
  const repeated = new Set(labels.filter((name, at) => labels.indexOf(name) !== at));
  if (repeated.size === 0) return [];
  const names = [...repeated].slice(0, MOST_NAMED).join(', ');
  return [
    `class names occur more than once (${names}): rules with such a name use the first of these classes`,
  ];
}

/** Class numbers in an output of their own, where no setting and no label says whether there is a background. */
function isCountUnclear(
  { format, outputs }: BoxTensors,
  origin: string,
  [first = '']: readonly string[],
): boolean {
  const isUsual = origin.startsWith('usual') && !TENSORFLOW.test(outputs[0]!);
  return format === 'nms' && outputs.length > 1 && isUsual && !/background/i.test(first);
}

function numbered(classes: number | undefined, file: string): Picked<readonly string[]> {
  if (classes === undefined || classes < 1)
    throw new StreamInferError(
      'MODEL_MISSING',
      `${file} has no class names, and does not show how many classes there are: ` +
        'add labels.json (a list of names in order) or labels.txt (one per line)',
    );
  return { value: Array.from({ length: classes }, (_, i) => `class ${i}`), origin: 'default' };
}

function shown({ name, dims }: OnnxTensor): string {
  return `${name} [${(dims ?? ['?']).map((size) => size ?? '?').join(',')}]`;
}
