import path from 'node:path';
import { z } from 'zod';
import { INVERT_MODES, MAX_IMAGE_SIDE } from '../../../../core/image';
import { BOX_CORNERS, BOX_FORMATS, BOX_UNITS } from '../../../../core/model-description';
import { FILTERS, RESIZE_MODES } from '../../../../core/model-shape';
import { closest } from '../../../../core/suggest';
import { CLASSIFIER } from '../../schema';
import { ACTIVATIONS, COLORS, LAYOUTS, OUTPUT_KINDS, type SettingsFrom } from './settings';
import { invalid, readAnyJson, type ModelSource } from '../source';

export const MAX_LABELS = 100_000;
/** Each object takes about 100 bytes of every prediction. */
const MOST_OBJECTS = 300;
/** Names are printed in terminals and logs, which control characters could rewrite. */
const label = z
  .string()
  .min(1)
  .regex(/^\P{Cc}*$/u, 'a class name has no control characters');
export const labelList = z.array(label).min(1).max(MAX_LABELS);
const side = z.int().min(1).max(MAX_IMAGE_SIDE);
/** One number, or one for each channel. */
const byChannel = (number: z.ZodNumber) =>
  z.union([number, z.array(number).min(1).max(3)]).transform((value) => [value].flat());

const input = z.strictObject({
  width: side,
  height: side,
  color: z.enum(COLORS),
  layout: z.enum(LAYOUTS),
  resize: z.enum(RESIZE_MODES),
  cropFrom: side,
  filter: z.enum(FILTERS),
  scale: z.number(),
  offset: z.number(),
  mean: byChannel(z.number()),
  std: byChannel(z.number().refine((value) => value !== 0, 'must not be 0')),
  invert: z.enum(INVERT_MODES),
});
const output = z.strictObject({
  name: z.string().min(1),
  activation: z.enum(ACTIVATIONS),
  top: z.int().min(1),
  kind: z.enum(OUTPUT_KINDS),
  format: z.enum(BOX_FORMATS),
  boxes: z.string().min(1),
  scores: z.string().min(1),
  classes: z.string().min(1),
  corners: z.enum(BOX_CORNERS),
  units: z.enum(BOX_UNITS),
  firstClass: z.int().min(0).max(1),
  threshold: z.number().min(0.001, 'must be at least 0.001').max(1),
  iou: z.number().min(0).max(1),
  max: z.int().min(1).max(MOST_OBJECTS),
});
const classifierSchema = z.strictObject({
  labels: labelList.optional(),
  input: input.partial().optional(),
  output: output.partial().optional(),
});

/** `classifier.json` of a model: the settings in it, and the output it selects. */
interface ClassifierFile extends SettingsFrom {
  readonly output?: string | undefined;
}

/** Reads classifier.json; without one, it says nothing. Rejects with MODEL_CORRUPT, listing all problems. */
export async function readClassifier(source: ModelSource): Promise<ClassifierFile> {
  if (!source.names.includes(CLASSIFIER)) return { origin: CLASSIFIER, settings: {} };
  const parsed = classifierSchema.safeParse(await readAnyJson(source, CLASSIFIER));
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap(problemsOf).join('; ');
    throw invalid(path.join(source.path, CLASSIFIER), `is invalid: ${problems}`, parsed.error);
  }
  const { labels, input: images, output: scores } = parsed.data;
  const settings = withoutUndefined({ labels, ...images, ...scores });
  return { origin: CLASSIFIER, settings, output: scores?.name };
}

const FIELDS: readonly string[] = [
  ...Object.keys(classifierSchema.shape),
  ...Object.keys(input.shape).map((name) => `input.${name}`),
  ...Object.keys(output.shape).map((name) => `output.${name}`),
];

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [`${at.join('.') || 'the file'}: ${issue.message}`];
  return issue.keys.map((key) => `unknown field ${[...at, key].join('.')}${suggestion(at, key)}`);
}

/** A field of the same part first; then one of the same name in another part. */
function suggestion(at: readonly string[], key: string): string {
  const prefix = at.map((name) => `${name}.`).join('');
  const beside = FIELDS.filter(
    (field) => field.startsWith(prefix) && !field.slice(prefix.length).includes('.'),
  );
  const near = closest(
    key,
    beside.map((field) => field.slice(prefix.length)),
  );
  const meant = near === undefined ? FIELDS.find((field) => field.endsWith(`.${key}`)) : prefix + near;
  return meant === undefined ? ` (known: ${beside.join(', ')})` : `; did you mean ${meant}?`;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<
    Defined<T>
  >;
}
