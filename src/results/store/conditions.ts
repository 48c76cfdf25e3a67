import { originConditions } from './origin';
import type { PredictionConditions, PredictionFilter } from '../view';

/** SQL with one `?` for each value, in their order. */
export interface Query {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** With the rows between which the times of the filter lie, so that no older rows are read. */
export interface RowRange extends PredictionConditions, Pick<PredictionFilter, 'before'> {
  readonly after?: number;
}

/** Last code point: prefix + LAST sorts after every string with that prefix, in the order of the bytes (UTF-8). */
const LAST = '\u{10FFFF}';

/**
 * Each condition on the columns of `predictions`, in SQL of every database.
 *
 * @param origins numbers of the matching origins, at least one; looked up in the table of origins if absent
 */
export function conditionsOf(filter: RowRange, origins?: readonly number[]): Query[] {
  const { id, ids, label, truth, wrong, minConfidence, maxConfidence, from, to, key, before, after } = filter;
  const found: Query[] = [];
  const add = (sql: string, ...values: (string | number)[]) => found.push({ sql, values });
  if (id !== undefined) add('id >= ? AND id < ?', ...idRange(id));
  if (ids !== undefined) add(`id IN (${ids.map(() => '?').join(', ')})`, ...ids);
  if (label !== undefined) add('label = ?', label);
  if (truth !== undefined) add('truth = ?', truth);
  if (onlyWrong(filter)) add('wrong = 1');
  else if (wrong === false) add('wrong = 0');
  if (minConfidence !== undefined) add('confidence >= ?', minConfidence);
  if (maxConfidence !== undefined) add('confidence <= ?', maxConfidence);
  if (from !== undefined) add('at >= ?', from);
  if (to !== undefined) add('at < ?', to);
  if (key !== undefined) add('key = ?', key);
  const origin = originConditions(filter);
  if (origin !== null && origins !== undefined) add(`origin IN (${origins.join(', ')})`);
  else if (origin !== null)
    add(`origin IN (SELECT origin FROM origins WHERE ${origin.sql})`, ...origin.values);
  if (after !== undefined) add('seq > ?', after);
  if (before !== undefined) add('seq < ?', before);
  return found;
}

export function allOf(conditions: readonly Query[]): Query {
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' AND ') || 'true',
    values: conditions.flatMap(({ values }) => values),
  };
}

/** Between these, the second excluded, are all ids with the prefix. */
export function idRange(prefix: string): [from: string, to: string] {
  return [prefix, prefix + LAST];
}

/** Also true for a cell of the confusion matrix off the diagonal: its label differs from its truth. */
export function onlyWrong({ wrong, label, truth }: PredictionConditions): boolean {
  if (wrong !== undefined) return wrong;
  return label !== undefined && truth !== undefined && label !== truth;
}
