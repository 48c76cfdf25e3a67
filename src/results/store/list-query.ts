import { BIN_COUNT, binOf } from '../tally';
import type { PredictionFilter } from '../view';

export interface Query {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Last code point: prefix + LAST sorts after every string with that prefix, in the order of the database (UTF-8). */
const LAST = '\u{10FFFF}';
/** A range of at most this many confidence bins matches fewer rows than a class. */
const FEW_BINS = BIN_COUNT / 2;
const COMMON_ID = 2_000;

/** With the rows between which the times of the filter lie, so that no older rows are read. */
export interface RowFilter extends PredictionFilter {
  readonly after?: number;
}

/**
 * One page, newest first. It names the index of the rarest condition, because SQLite does not know the distribution of
 * the values. Other conditions are checked row by row. Confidence bins are merged by `seq`; only the matches of an id
 * prefix are sorted.
 *
 * @param options.commonId scans the newest predictions instead, because too many ids have the prefix to sort them (see
 * `commonIdQuery`)
 */
export function listQuery(filter: RowFilter, { commonId = false } = {}): Query {
  const { sql, values } = conditionsOf(filter);
  const select = (index: string, ...first: string[]) =>
    `SELECT seq, body, original FROM predictions ${index} WHERE ${[...first, ...sql].join(' AND ') || 'true'}`;
  const end = ` ORDER BY ${filter.mostConfident ? 'confidence DESC, ' : ''}seq DESC LIMIT ?`;
  const plain = (index: string): Query => ({
    sql: select(index) + end,
    values: [...values, filter.limit],
  });
  const [low, high] = binsOf(filter);
  const rare = high - low + 1 <= FEW_BINS && high < BIN_COUNT - 1;

  if (filter.id !== undefined && !commonId) return plain('INDEXED BY predictions_by_id');
  if (onlyWrong(filter)) return plain('INDEXED BY predictions_wrong');
  if (!rare && filter.label !== undefined) return plain('INDEXED BY predictions_by_label');
  if (!rare && filter.truth !== undefined) return plain('INDEXED BY predictions_by_truth');
  if (low === 0 && high === BIN_COUNT - 1) return plain('NOT INDEXED');
  const bins = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return {
    sql: bins.map((bin) => select('INDEXED BY predictions_by_bin', `bin = ${bin}`)).join(' UNION ALL ') + end,
    values: [...bins.flatMap(() => values), filter.limit],
  };
}

/** Finds a row if more than `COMMON_ID` ids have this prefix. */
export function commonIdQuery(id: string): Query {
  const sql =
    'SELECT 1 FROM predictions INDEXED BY predictions_by_id WHERE id >= ? AND id < ? LIMIT 1 OFFSET ?';
  return { sql, values: [id, id + LAST, COMMON_ID] };
}

function conditionsOf(filter: RowFilter): { sql: string[]; values: (string | number)[] } {
  const { id, label, truth, wrong, minConfidence, maxConfidence, from, to, before } = filter;
  const sql: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, ...operands: (string | number)[]) => {
    sql.push(condition);
    values.push(...operands);
  };
  if (id !== undefined) add('id >= ? AND id < ?', id, id + LAST);
  if (label !== undefined) add('label = ?', label);
  if (truth !== undefined) add('truth = ?', truth);
  if (onlyWrong(filter)) add('wrong = 1');
  else if (wrong === false) add('wrong = 0');
  if (minConfidence !== undefined) add('confidence >= ?', minConfidence);
  if (maxConfidence !== undefined) add('confidence <= ?', maxConfidence);
  if (from !== undefined) add('at >= ?', from);
  if (to !== undefined) add('at < ?', to);
  if (filter.after !== undefined) add('seq > ?', filter.after);
  if (before !== undefined) add('seq < ?', before);
  return { sql, values };
}

/** Also true for a cell of the confusion matrix off the diagonal: its label differs from its truth. */
function onlyWrong({ wrong, label, truth }: PredictionFilter): boolean {
  if (wrong !== undefined) return wrong;
  return label !== undefined && truth !== undefined && label !== truth;
}

function binsOf({ minConfidence = 0, maxConfidence = 1 }: PredictionFilter): [number, number] {
  const low = binOf(minConfidence);
  return [low, Math.max(low, binOf(maxConfidence))];
}
