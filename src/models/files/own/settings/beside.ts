import path from 'node:path';
import { z } from 'zod';
import { MAX_IMAGE_SIDE } from '../../../../core/image';
import { LABELS } from '../../schema';
import { invalid, readJson, unsupportedFile, type ModelSource } from '../source';
import { labelList, MAX_LABELS } from './classifier';
import { preprocessorSchema, readPreprocessor } from './image-processor';
import type { SettingsFrom } from './settings';

/**
 * Settings in the files next to a network that other programs wrote, in the order of precedence: lists of labels, Teachable
 * Machine, Hugging Face. Rejects with MODEL_CORRUPT, MODEL_UNSUPPORTED or FILE_UNREADABLE.
 */
export async function readBeside(source: ModelSource): Promise<SettingsFrom[]> {
  return [
    ...(await readLabelFiles(source)),
    ...(await readTeachableMachine(source)),
    ...(await readHuggingFace(source)),
  ];
}

/** Alternative to labels.json: one class per line. */
const LABELS_TEXT = 'labels.txt';

/** A list, Keras's `class_indices` ({"cat": 0}), or the same the other way round ({"0": "cat"}). */
const anyLabels = z.union(
  [
    z.array(z.string()),
    z.record(z.string(), z.int().min(0)),
    z.record(z.string().regex(/^\d+$/), z.string()),
  ],
  { error: 'expected a list of names, or an object with the number of each name, such as {"cat": 0}' },
);

/** The class names of labels.json, else of labels.txt; empty without both. Rejects with MODEL_CORRUPT. */
async function readLabelFiles(source: ModelSource): Promise<SettingsFrom[]> {
  if (source.names.includes(LABELS)) {
    const labels = labelsIn(await readJson(source, LABELS, anyLabels));
    return [{ origin: LABELS, settings: { labels: checked(labels, path.join(source.path, LABELS)) } }];
  }
  if (!source.names.includes(LABELS_TEXT)) return [];
  const labels = linesOf((await source.read(LABELS_TEXT)).toString('utf8'));
  return [
    { origin: LABELS_TEXT, settings: { labels: checked(labels, path.join(source.path, LABELS_TEXT)) } },
  ];
}

/** Class names by their number; undefined if a number is missing or occurs twice. */
function labelsIn(found: z.infer<typeof anyLabels>): readonly string[] | undefined {
  if (Array.isArray(found)) return found;
  const pairs = Object.entries<string | number>(found).map(([key, value]): [number, string] =>
    typeof value === 'number' ? [value, key] : [Number(key), value],
  );
  const byNumber = new Map(pairs);
  const labels = Array.from({ length: Math.min(pairs.length, MAX_LABELS) }, (_, i) => byNumber.get(i));
  return byNumber.size === pairs.length && labels.every((label) => label !== undefined) ? labels : undefined;
}

/** Teachable Machine numbers the lines: `0 cat`. */
function linesOf(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const names = lines.map((line, i) =>
    line.startsWith(`${i} `) ? line.slice(`${i} `.length).trim() : undefined,
  );
  return names.every((name) => name !== undefined && name !== '') ? (names as string[]) : lines;
}

function checked(labels: readonly string[] | undefined, file: string): readonly string[] {
  if (labels === undefined) throw invalid(file, 'does not number its classes from 0 without gaps');
  if (labels.length === 0) throw invalid(file, 'names no class');
  const parsed = labelList.safeParse(labels);
  if (parsed.success) return parsed.data;
  throw invalid(file, `is malformed: ${parsed.error.issues[0]?.message ?? 'not a list of names'}`);
}

const METADATA = 'metadata.json';

/** Written by Teachable Machine; other programs have a file of this name too. */
const metadataSchema = z.looseObject({
  packageName: z.string().optional().catch(undefined),
  tmVersion: z.string().optional().catch(undefined),
  labels: labelList.optional().catch(undefined),
  imageSize: z.int().min(1).max(MAX_IMAGE_SIDE).optional().catch(undefined),
});

/** Labels and preprocessing of a Teachable Machine export; empty for other folders. */
async function readTeachableMachine(source: ModelSource): Promise<SettingsFrom[]> {
  if (!source.names.includes(METADATA)) return [];
  const { packageName, tmVersion, labels, imageSize } = await readJson(source, METADATA, metadataSchema);
  const isImages = packageName === '@teachablemachine/image';
  if (packageName?.startsWith('@teachablemachine/') && !isImages) {
    throw unsupportedFile(
      path.join(source.path, METADATA),
      `is of ${packageName}, which does not classify images`,
      'train an image project in Teachable Machine',
    );
  }
  const named = labels && { labels };
  if (!isImages && tmVersion === undefined) return [{ origin: METADATA, settings: { ...named } }];
  const size = imageSize === undefined ? {} : { width: imageSize, height: imageSize };
  return [
    {
      origin: `${METADATA} (Teachable Machine)`,
      settings: { ...named, ...size, scale: 1 / 127.5, offset: -1, resize: 'crop' },
    },
  ];
}

const CONFIG = 'config.json';
const PREPROCESSOR = 'preprocessor_config.json';

const configSchema = z.looseObject({
  id2label: z.record(z.string().regex(/^\d+$/), z.string()).optional().catch(undefined),
  problem_type: z.string().nullish().catch(undefined),
});

/** Class names and preprocessing of a folder from Hugging Face; empty for other folders. Rejects with MODEL_CORRUPT. */
async function readHuggingFace(source: ModelSource): Promise<SettingsFrom[]> {
  const found: SettingsFrom[] = [];
  if (source.names.includes(PREPROCESSOR)) {
    const { settings, warnings } = readPreprocessor(await readJson(source, PREPROCESSOR, preprocessorSchema));
    found.push({
      origin: PREPROCESSOR,
      settings,
      warnings: warnings.map((warning) => `${PREPROCESSOR} ${warning}`),
    });
  }
  if (source.names.includes(CONFIG)) {
    const { id2label, problem_type: problem } = await readJson(source, CONFIG, configSchema);
    const labels = labelList.safeParse(id2label && labelsIn(id2label));
    if (labels.success) found.push({ origin: `${CONFIG} (id2label)`, settings: { labels: labels.data } });
    if (problem === 'multi_label_classification')
      found.push({ origin: `${CONFIG} (problem_type)`, settings: { activation: 'sigmoid' } });
  }
  return found;
}
