import type { StoredPrediction } from '../results/view';

export type Value = string | number | boolean | null | undefined;

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
  ['originalFormat', ({ original }) => original?.format],
  ['originalWidth', ({ original }) => original?.width],
  ['originalHeight', ({ original }) => original?.height],
];

/** Of a model that finds objects: a list in JSON. */
const WITH_OBJECTS: typeof COLUMNS = [
  ...COLUMNS,
  ['objects', ({ prediction: { objects } }) => objects && JSON.stringify(objects)],
];

/** Header and lines as in RFC 4180; the columns depend on whether the model finds objects. */
export function csvOf(findsObjects: boolean): { header: string; line: (stored: StoredPrediction) => string } {
  const columns = findsObjects ? WITH_OBJECTS : COLUMNS;
  return {
    header: toLine(columns.map(([name]) => name)),
    line: (stored) => toLine(columns.map(([, value]) => toCell(value(stored)))),
  };
}

export function toLine(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}

/**
 * Ids and keys come from producers. Spreadsheets execute text that looks like a formula, so it is prefixed with an
 * apostrophe (OWASP, "CSV Injection"). East Asian spreadsheets also accept full-width signs.
 */
export function toCell(value: Value): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = /^[=+\-@＝＋－＠\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
