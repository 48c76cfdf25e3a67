import type { PredictionConditions, PredictionFilter } from '../../view';
import { allOf, conditionsOf, onlyWrong, type Query } from '../conditions';
import { MOST_COUNTED } from '../count-rows';
import { originConditions } from '../origin';
import { storable } from './sql';

/** SQL with `$1`, `$2`, … for the values. */
interface NumberedQuery {
  readonly text: string;
  readonly values: unknown[];
}

type Condition = keyof PredictionConditions;

/** Groups of conditions that an index answers, the rarest first. */
const INDEXED: readonly (readonly Condition[])[] = [
  ['ids'],
  ['id'],
  ['key'],
  ['label'],
  ['truth'],
  ['topic', 'partition', 'model'],
  ['minConfidence', 'maxConfidence'],
];

/**
 * One page, newest first. PostgreSQL knows the distribution of the values, so it finds the rarest condition itself.
 *
 * @param origins numbers of the matching origins; absent without such a condition
 */
export function listQuery(filter: PredictionFilter, origins?: readonly number[]): NumberedQuery {
  const { sql, values } = allOf(conditionsOf(filter, origins));
  const order = `${filter.mostConfident ? 'confidence DESC, ' : ''}seq DESC`;
  return numbered({
    sql: `SELECT seq, body, original FROM predictions WHERE ${sql} ORDER BY ${order} LIMIT ?`,
    values: [...values, filter.limit],
  });
}

/**
 * Counts the matches among the newest `MOST_COUNTED` rows of an indexed condition: `read` is the number of those rows.
 * The other conditions are a column of the result, because as conditions they would not bound the rows.
 */
export function totalQuery(conditions: PredictionConditions, origins?: readonly number[]): NumberedQuery {
  const fits = allOf(conditionsOf(conditions, origins));
  const candidates = allOf(conditionsOf(candidatesOf(conditions), origins));
  return numbered({
    sql: `SELECT count(*) AS read, count(*) FILTER (WHERE fits) AS predictions,
      count(*) FILTER (WHERE fits AND truth IS NOT NULL) AS judged,
      count(*) FILTER (WHERE fits AND truth IS NOT NULL AND wrong = 0) AS correct
      FROM (SELECT truth, wrong, (${fits.sql}) AS fits FROM predictions WHERE ${candidates.sql}
        ORDER BY seq DESC LIMIT ${MOST_COUNTED}) AS candidates`,
    values: [...fits.values, ...candidates.values],
  });
}

/** Finds the numbers of the matching origins; null without such conditions. */
export function originsQuery(conditions: PredictionConditions): NumberedQuery | null {
  const origin = originConditions(conditions);
  if (origin === null) return null;
  return numbered({ sql: `SELECT origin FROM origins WHERE ${origin.sql}`, values: origin.values });
}

/** One indexed condition, and the times, which have an index too. */
function candidatesOf(conditions: PredictionConditions): PredictionConditions {
  const rarest = INDEXED.find((group) => group.some((name) => conditions[name] !== undefined)) ?? [];
  const isMistake = onlyWrong(conditions) && !['ids', 'id', 'key'].includes(rarest[0] ?? '');
  const names: readonly Condition[] = ['from', 'to', ...(isMistake ? [] : rarest)];
  const given = names.map((name) => [name, conditions[name]] as const);
  return {
    ...(Object.fromEntries(given.filter(([, value]) => value !== undefined)) as PredictionConditions),
    ...(isMistake && { wrong: true }),
  };
}

function numbered({ sql, values }: Query): NumberedQuery {
  let number = 0;
  return {
    text: sql.replaceAll('?', () => `$${++number}`),
    values: values.map((value) => (typeof value === 'string' ? storable(value) : value)),
  };
}
