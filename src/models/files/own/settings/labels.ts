import path from 'node:path';
import { z } from 'zod';
import { LABELS } from '../../schema';
import { MAX_LABELS, labelList } from './classifier';
import type { SettingsFrom } from './settings';
import { invalid, readJson, type ModelSource } from '../source';

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
export async function readLabelFiles(source: ModelSource): Promise<SettingsFrom[]> {
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
export function labelsIn(found: z.infer<typeof anyLabels>): readonly string[] | undefined {
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
