import { labelSchema } from '../../codec/label-schema';
import type { StoredLabel } from '../../core/label';
import { bodySchema, labelCountSchema } from './row-schemas';
import type { Rows } from './rows';

/** The valid ones of these rows of the table of labels. */
export function toStoredLabels(rows: Rows, found: readonly unknown[]): StoredLabel[] {
  return rows.valid('labels', bodySchema, found).flatMap(({ seq, body }) =>
    rows.body('labels', labelSchema, body).flatMap(({ label, className, ...rest }) =>
      // A withdrawn label has no row.
      label === null || className === null ? [] : [{ ...rest, label, className, seq }],
    ),
  );
}

export function toLabelCounts(rows: Rows, found: readonly unknown[]): [label: number, count: number][] {
  return rows.valid('labels', labelCountSchema, found).map(({ label, count }) => [label, count]);
}
