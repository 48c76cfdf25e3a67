import { StreamInferError } from '../../core/errors';

/** Numbers of each candidate in one output: `width` of them, `next` apart, beginning at multiples of `row`. */
export interface Columns {
  readonly data: Float32Array;
  readonly width: number;
  readonly next: number;
  readonly row: number;
}

/**
 * Throws MODEL_UNSUPPORTED if every candidate has a number that is not finite. Such a model is broken, and without this
 * check it would find nothing. It stops at the first good candidate.
 *
 * @param isLogits minus infinity is a score, too
 */
export function assertSomeFinite(columns: readonly Columns[], isLogits: boolean): void {
  const [first] = columns;
  const count = first ? first.data.length / first.width : 0;
  if (count === 0) return;
  for (let i = 0; i < count; i++) if (columns.every((one) => isGood(one, i, isLogits))) return;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `every candidate of the model has a number that is not finite (NaN or Infinity), so no object can be found: its ` +
      'weights are damaged, or it overflows; export it again from the training program',
  );
}

function isGood({ data, width, next, row }: Columns, candidate: number, isLogits: boolean): boolean {
  for (let i = 0, at = candidate * row; i < width; i++, at += next) {
    const value = data[at]!;
    if (!Number.isFinite(value) && !(isLogits && value === -Infinity)) return false;
  }
  return true;
}

/** Numbers of each candidate that follow each other. */
export function inRows(data: Float32Array, width: number): Columns {
  return { data, width, next: 1, row: width };
}
