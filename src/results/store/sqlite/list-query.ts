import { BIN_COUNT, binOf } from '../../../core/confidence-bins';
import type { PredictionConditions, PredictionFilter } from '../../view';
import { allOf, conditionsOf, idRange, onlyWrong, type Query, type RowRange } from '../conditions';
import { MOST_COUNTED } from '../count-rows';
import { originConditions } from '../origin';

/** A range of at most this many confidence bins matches fewer rows than a class. */
const FEW_BINS = BIN_COUNT / 2;
const COMMON_ID = 2_000;
/** More origins than this are not rare. */
export const FEW_ORIGINS = 16;

interface RowFilter extends PredictionFilter, RowRange {}

/** What is known of the values of a filter. */
export interface Known {
  /** Too many ids have the prefix to sort them, so the newest predictions are scanned instead (see `commonIdQuery`). */
  readonly commonId?: boolean;
  /** The numbers of the matching origins (see `originsQuery`); absent if they are not few. */
  readonly origins?: readonly number[];
}

/** Rows that an index finds. */
interface Branch {
  readonly index: string;
  readonly only: readonly Query[];
}

/**
 * One page, newest first. It names the index of the rarest condition, because SQLite does not know the distribution of
 * the values. Other conditions are checked row by row. Bins and origins are merged by `seq`; only the matches of ids
 * are sorted.
 */
export function listQuery(filter: RowFilter, known: Known = {}): Query {
  const conditions = conditionsOf(filter);
  const selects = branchesOf(filter, known).map(({ index, only }) => {
    const { sql, values } = allOf([...only, ...conditions]);
    return { sql: `SELECT seq, body, original FROM predictions ${index} WHERE ${sql}`, values };
  });
  const { sql, values } = unionOf(selects);
  const order = filter.mostConfident ? 'confidence DESC, seq DESC' : 'seq DESC';
  return { sql: `${sql} ORDER BY ${order} LIMIT ?`, values: [...values, filter.limit] };
}

/**
 * Counts the matches among the newest `MOST_COUNTED` rows of the index that a page would use: `read` is the number of
 * those rows. The conditions are columns of the result, because as conditions they would not bound the rows.
 */
export function totalQuery(range: RowRange, known: Known = {}): Query {
  const fits = allOf(conditionsOf(range));
  const bounds = conditionsOf({
    ...(range.after !== undefined && { after: range.after }),
    ...(range.before !== undefined && { before: range.before }),
  });
  const selects = branchesOf(range, known).map(({ index, only }) => {
    const { sql, values } = allOf([...only, ...bounds]);
    return {
      sql: `SELECT seq, truth, wrong, ${fits.sql} AS fits FROM predictions ${index} WHERE ${sql}`,
      values: [...fits.values, ...values],
    };
  });
  const { sql, values } = unionOf(selects);
  return {
    sql: `SELECT count(*) AS read, total(fits) AS predictions, total(fits AND truth IS NOT NULL) AS judged,
      total(fits AND truth IS NOT NULL AND NOT wrong) AS correct
      FROM (${sql} ORDER BY seq DESC LIMIT ${MOST_COUNTED})`,
    values,
  };
}

function branchesOf(filter: RowRange & Pick<PredictionFilter, 'mostConfident'>, known: Known): Branch[] {
  const { id, ids, key, label, truth } = filter;
  const one = (name: string, ...only: Query[]): Branch[] => [
    { index: `INDEXED BY predictions_${name}`, only },
  ];
  const several = (name: string, column: string, values: readonly number[]): Branch[] =>
    values.flatMap((value) => one(name, { sql: `${column} = ${value}`, values: [] }));
  if (ids !== undefined) return one('by_id', ...conditionsOf({ ids }));
  if (id !== undefined && known.commonId !== true) return one('by_id', ...conditionsOf({ id }));
  if (key !== undefined) return one('by_key', ...conditionsOf({ key }));
  if (filter.mostConfident) return one('mistakes', ...conditionsOf({ wrong: true }));
  if (onlyWrong(filter)) return one('wrong', ...conditionsOf({ wrong: true }));
  const [low, high] = binsOf(filter);
  const rare = high - low + 1 <= FEW_BINS && high < BIN_COUNT - 1;
  if (!rare && label !== undefined) return one('by_label', ...conditionsOf({ label }));
  if (!rare && truth !== undefined) return one('by_truth', ...conditionsOf({ truth }));
  if (!rare && known.origins !== undefined) return several('by_origin', 'origin', known.origins);
  if (low === 0 && high === BIN_COUNT - 1) return [{ index: 'NOT INDEXED', only: [] }];
  const bins = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return several('by_bin', 'bin', bins);
}

function unionOf(selects: readonly Query[]): Query {
  return {
    sql: selects.map(({ sql }) => sql).join(' UNION ALL '),
    values: selects.flatMap(({ values }) => values),
  };
}

/** Finds a row if more than `COMMON_ID` ids have this prefix. */
export function commonIdQuery(id: string): Query {
  const sql =
    'SELECT 1 FROM predictions INDEXED BY predictions_by_id WHERE id >= ? AND id < ? LIMIT 1 OFFSET ?';
  return { sql, values: [...idRange(id), COMMON_ID] };
}

/** The numbers of the origins that match, and one more than the few that are merged; null without such conditions. */
export function originsQuery(conditions: PredictionConditions): Query | null {
  const origin = originConditions(conditions);
  if (origin === null) return null;
  return {
    sql: `SELECT origin FROM origins WHERE ${origin.sql} LIMIT ${FEW_ORIGINS + 1}`,
    values: origin.values,
  };
}

function binsOf({ minConfidence = 0, maxConfidence = 1 }: PredictionConditions): [number, number] {
  const low = binOf(minConfidence);
  return [low, Math.max(low, binOf(maxConfidence))];
}
