import { defaultFilter } from '../core/model-shape';
import type { ModelFiles } from '../models/files';

/** One property of a model, and where it was found. */
export interface Property {
  readonly value: unknown;
  readonly origin: string;
}

const KINDS: Readonly<Record<ModelFiles['network']['kind'], string>> = {
  layers: 'TF.js layers model',
  graph: 'TF.js graph model',
  onnx: 'ONNX',
};

/** The properties of a model under their names in classifier.json. */
export function propertiesOf(files: ModelFiles): Readonly<Record<string, Property>> {
  const { shape, preprocessing, output, network } = files;
  const values: Readonly<Record<string, unknown>> = {
    'input.width': shape.width,
    'input.height': shape.height,
    'input.color': preprocessing.order,
    'input.layout': network.kind === 'layers' ? 'nhwc' : network.input.layout,
    'input.resize': shape.resize,
    'input.cropFrom': shape.cropFrom ?? null,
    'input.filter': shape.filter ?? defaultFilter(shape.channels),
    'input.scale': preprocessing.scale,
    'input.offset': preprocessing.offset,
    'input.mean': preprocessing.mean,
    'input.std': preprocessing.std,
    'input.invert': shape.invert,
    'output.name':
      network.kind === 'onnx' ? (network.outputs ?? [network.output]).join(', ') : (network.output ?? null),
    'output.activation': output.activation,
    ...outputOf(files),
    labels: shape.labels,
  };
  const shipped = 'manifest.json';
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, origin: files.origins[name] ?? shipped }]),
  );
}

function outputOf({ output, shape }: ModelFiles): Readonly<Record<string, unknown>> {
  if (!output.objects) return { 'output.top': output.top ?? shape.labels.length };
  const { iou, ...others } = output.objects;
  // With `nms`, the model removes overlapping boxes itself.
  const used = others.format === 'nms' ? others : { ...others, iou };
  return Object.fromEntries(Object.entries(used).map(([name, value]) => [`output.${name}`, value]));
}

function resultsOf({ output }: ModelFiles): string {
  if (output.objects) return 'finds objects (nothing: images without any)';
  return output.independent ? 'independent scores (several labels may be true)' : 'probabilities';
}

/** The kind of a model in words. */
export function kindOf({ network }: ModelFiles): string {
  return KINDS[network.kind];
}

const MOST_LABELS = 10;

/** A line for each property, with its origin. */
export function renderModel(files: ModelFiles): string {
  const { name, version, dir, sha256, shape } = files;
  const properties = Object.entries(propertiesOf(files));
  const rows = properties.map(([property, { value, origin }]) => [property, shown(property, value), origin]);
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    ([property = '', value = '', origin = '']) =>
      `  ${property.padEnd(first!)}  ${value.padEnd(Math.min(second!, 40))}  ${origin}`,
  );
  return [
    `${name}@${version}: ${kindOf(files)}, SHA-256 ${sha256.slice(0, 12)}, ${dir}`,
    `  images of ${shape.width} × ${shape.height}, ${shape.channels === 1 ? 'grey' : 'colour'}; ` +
      `${shape.labels.length} classes, ${resultsOf(files)}`,
    ...lines.map((line) => line.trimEnd()),
    '',
  ].join('\n');
}

function shown(property: string, value: unknown): string {
  if (property !== 'labels') {
    if (value === null) return '-';
    return typeof value === 'string' || typeof value === 'number'
      ? numberOrText(value)
      : JSON.stringify(value);
  }
  const labels = value as readonly string[];
  const more = labels.length > MOST_LABELS ? ` … (${labels.length})` : '';
  return labels.slice(0, MOST_LABELS).join(', ') + more;
}

function numberOrText(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(7))) : value;
}
