import path from 'node:path';
import type { ObjectsOutput } from '../../../../core/model-description';
import { plural } from '../../../../core/plural';
import type { Resize } from '../../../../core/model-shape';
import type { ModelFiles, Origins, Preprocessing } from '../../model';
import { imageInputOf, type ImageInput } from './image-input';
import type { NetworkFacts } from '../network/facts';
import { objectsOf } from './objects';
import { scoresOf } from './scores';
import { pick, type Picked, type Settings, type SettingsFrom } from '../settings/settings';
import { unsupportedFile } from '../source';

export type Description = Pick<
  ModelFiles,
  'network' | 'shape' | 'preprocessing' | 'output' | 'origins' | 'warnings'
>;

/** For models of others: pictures fill the whole image, as most training programs do it, and keep their colours. */
const DEFAULTS: Settings = {
  resize: 'stretch',
  scale: 1 / 255,
  offset: 0,
  mean: [0],
  std: [1],
  invert: 'never',
};

/**
 * Puts a network and the files next to it together. The first source that has a value wins; the demands of the
 * network come after classifier.json only.
 */
export function describeModel(
  facts: NetworkFacts,
  classifier: SettingsFrom,
  beside: readonly SettingsFrom[],
  { file, isNchwUsual }: { file: string; isNchwUsual: boolean },
): Description {
  const demands = facts.demands.map(({ because, settings }) => ({ origin: because, settings }));
  const sources = [classifier, ...demands, ...beside, { origin: 'default', settings: DEFAULTS }];
  const name = path.basename(file);
  const images = imageInputOf(facts.imageShape, sources, { file, name, isNchwUsual });
  const objects = objectsOf(facts, sources, file);
  const scores = objects ?? scoresOf(facts, sources, file);
  const { height, width, channels, color, layout } = images;
  const [resize, invert] = [resizeOf(sources, objects?.output.objects, file), pick(sources, 'invert')!];
  const [cropFrom, filter] = [cropFromOf(sources, images, file), pick(sources, 'filter')];
  const { preprocessing, origins } = preprocessingOf(sources, images, file);
  return {
    network: facts.build({ layout: layout.value, shape: images.shape }, objects?.outputs),
    shape: {
      height: height.value,
      width: width.value,
      channels,
      resize: resize.value,
      ...(cropFrom && { cropFrom: cropFrom.value }),
      ...(filter && { filter: filter.value }),
      invert: invert.value,
      labels: scores.labels.value,
    },
    preprocessing,
    output: scores.output,
    origins: {
      labels: scores.labels.origin,
      'input.width': width.origin,
      'input.height': height.origin,
      'input.color': color.origin,
      'input.layout': layout.origin,
      'input.resize': resize.origin,
      'input.cropFrom': cropFrom?.origin ?? 'default',
      'input.filter': filter?.origin ?? `default for ${channels === 1 ? 'grey' : 'colours'}`,
      ...origins,
      'input.invert': invert.origin,
      'output.name': nameOrigin(facts),
      ...scores.origins,
    },
    warnings: [
      ...beside.flatMap(({ warnings }) => warnings ?? []),
      ...warningsFor(facts, sources),
      ...scores.warnings,
    ],
  };
}

/** Undefined where nothing is cut off, or where the network has another size than the file next to it says. */
function cropFromOf(
  sources: readonly SettingsFrom[],
  { height, width }: ImageInput,
  file: string,
): Picked<number> | undefined {
  const found = pick(sources, 'cropFrom');
  const largest = Math.max(height.value, width.value);
  if (found === undefined || found.value >= largest) return found;
  if (found.origin !== 'classifier.json') return undefined;
  throw unsupportedFile(
    file,
    `has images of ${width.value} × ${height.value}, but classifier.json has the cropFrom ${found.value}`,
    `set input.cropFrom to ${largest} or more, or remove it`,
  );
}

/** Models of the YOLO kind are trained with images that keep their aspect ratio. */
function resizeOf(
  sources: readonly SettingsFrom[],
  objects: ObjectsOutput | undefined,
  file: string,
): Picked<Resize> {
  const resize = pick(sources, 'resize')!;
  if (objects === undefined) return resize;
  if (resize.value === 'content' || pick(sources, 'cropFrom') !== undefined)
    throw unsupportedFile(
      file,
      'finds objects, so it needs whole images, without input.resize content and without input.cropFrom',
      'set input.resize to stretch, fit or crop',
    );
  const isFitted = resize.origin === 'default' && objects.format.startsWith('yolo');
  return isFitted ? { value: 'fit', origin: `usual for ${objects.format}` } : resize;
}

/** A scaling of its own is no reason to warn where the user has decided about it. */
function warningsFor({ warnings }: NetworkFacts, sources: readonly SettingsFrom[]): readonly string[] {
  return pick(sources, 'scale')?.origin === 'default' ? warnings : [];
}

function nameOrigin({ outputName, otherOutputs }: NetworkFacts): string {
  return otherOutputs.length === 0
    ? 'the only output'
    : `${outputName}; others: ${otherOutputs.slice(0, 20).join(', ')}`;
}

function preprocessingOf(
  sources: readonly SettingsFrom[],
  { channels, color }: ImageInput,
  file: string,
): { preprocessing: Preprocessing; origins: Origins } {
  const [scale, offset] = [pick(sources, 'scale')!, pick(sources, 'offset')!];
  const [mean, std] = [pick(sources, 'mean')!, pick(sources, 'std')!];
  return {
    preprocessing: {
      scale: scale.value,
      offset: offset.value,
      mean: forEach(mean.value, channels, `${mean.origin} has for mean`, file),
      std: forEach(std.value, channels, `${std.origin} has for std`, file),
      order: color.value,
    },
    origins: {
      'input.scale': scale.origin,
      'input.offset': offset.origin,
      'input.mean': mean.origin,
      'input.std': std.origin,
    },
  };
}

function forEach(values: readonly number[], channels: number, what: string, file: string): readonly number[] {
  if (values.length === channels) return values;
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  throw unsupportedFile(
    file,
    `has ${plural(channels, 'channel')}, but ${what} ${values.length} values`,
    'give one value, or one for each channel',
  );
}
