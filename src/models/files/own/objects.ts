import { StreamInferError } from '../../../core/errors';
import { NOTHING } from '../../../core/found-objects';
import type { ObjectsOutput } from '../../../core/model-description';
import type { ModelOutput, Origins } from '../model';
import type { OnnxTensor } from '../onnx-file';
import { boxesInFormat, recogniseBoxes, type BoxTensors, type OutputNames } from './box-tensors';
import type { NetworkFacts } from './network-facts';
import { pick, type Picked, type Settings, type SettingsFrom } from './settings';
import { invalid, unsupportedFile } from './source';

/** A model that finds objects: its labels with `NOTHING` at the end, and its output. */
interface Objects {
  readonly labels: Picked<readonly string[]>;
  readonly output: ModelOutput & { readonly objects: ObjectsOutput };
  readonly outputs: readonly string[];
  readonly origins: Origins;
  readonly warnings: readonly string[];
}

const THRESHOLD = 0.25;
const IOU = 0.45;
const MOST_OBJECTS = 100;

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
    throw unsupportedFile(file, 'is not an ONNX file, and only those can find objects', 'Export it to ONNX.');
  }
  const names = namesIn(sources, tensors, file);
  const labels = pick(sources, 'labels');
  const found = format
    ? boxesInFormat(tensors, names, format.value)
    : recogniseBoxes(tensors, names, labels?.value.length);
  if (found) return describe(found, format?.origin ?? 'sizes of the outputs', labels, sources, file);
  if (!isWanted) return undefined;
  throw unsupportedFile(
    file,
    `has the outputs ${tensors.map(shown).join(', ')}, which do not show how they describe objects`,
    'Set output.format in classifier.json to yolo, yolov5, ssd or nms, and name the outputs: ' +
      '"name", or "boxes", "scores" and (for nms) "classes".',
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
    warnings: given
      ? []
      : ['no class names were found: add labels.json (a list of names in order) next to the model'],
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
    `finds objects of ${classes} classes, but there are ${value.length} labels (${origin})`,
  );
}

function numbered(classes: number | undefined, file: string): Picked<readonly string[]> {
  if (classes === undefined || classes < 1)
    throw new StreamInferError(
      'MODEL_MISSING',
      `${file} has no class names, and does not show how many classes there are: ` +
        'add labels.json (a list of names in order) or labels.txt (one per line).',
    );
  return { value: Array.from({ length: classes }, (_, i) => `class ${i}`), origin: 'default' };
}

function shown({ name, dims }: OnnxTensor): string {
  return `${name} [${(dims ?? ['?']).map((size) => size ?? '?').join(',')}]`;
}
