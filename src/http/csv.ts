import type { StoredPrediction } from '../results/view';

type Value = string | number | boolean | null | undefined;

const COLUMNS: readonly (readonly [name: string, value: (stored: StoredPrediction) => Value])[] = [
  ['seq', ({ seq }) => seq],
  ['id', ({ prediction }) => prediction.id],
  ['label', ({ prediction }) => prediction.label],
  ['className', ({ prediction }) => prediction.className],
  ['confidence', ({ prediction }) => prediction.confidence],
  ['truth', ({ prediction }) => prediction.truth],
  ['correct', ({ prediction }) => prediction.correct],
  ['model', ({ prediction: { model } }) => `${model.name}@${model.version}`],
  ['topic', ({ prediction }) => prediction.source.topic],
  ['partition', ({ prediction }) => prediction.source.partition],
  ['offset', ({ prediction }) => prediction.source.offset],
  ['key', ({ prediction }) => prediction.source.key],
  ['totalMs', ({ prediction }) => prediction.timing.totalMs],
  ['predictedAt', ({ prediction }) => prediction.predictedAt],
];

/** RFC 4180. */
export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(',')}\r\n`;

export function toCsvLine(stored: StoredPrediction): string {
  return `${COLUMNS.map(([, value]) => toCell(value(stored))).join(',')}\r\n`;
}

/**
 * Ids and keys are what some producer has sent. A spreadsheet takes text that begins like a formula for one and executes
 * it, so that such text gets an apostrophe in front (OWASP, "CSV Injection"; East Asian ones take full-width signs, too).
 */
function toCell(value: Value): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = /^[=+\-@＝＋－＠\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
