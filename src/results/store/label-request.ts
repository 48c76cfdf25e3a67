import type { LabelFilter } from '../../core/label';
import type { StorableLabel } from '../given-labels/label-store';

/** A request to the table of labels, named like the methods of `LabelStore`. */
export type LabelRequest =
  | { readonly do: 'put'; readonly label: StorableLabel }
  | { readonly do: 'remove'; readonly id: string }
  | { readonly do: 'list'; readonly filter: LabelFilter }
  | { readonly do: 'get'; readonly id: string }
  | { readonly do: 'labelled'; readonly ids: readonly string[] }
  | { readonly do: 'counts' };

/** Number of labels to keep; older ones are deleted. About 2 KB each with a small image. */
export const MOST_LABELS = 100_000;
