import type { StoredPrediction } from '../results/view';
import type { StoredAnswer } from './schemas/predictions';

/** A stored prediction in one flat object, as lists and exports have it. */
export function toStoredAnswer({ seq, prediction, original }: StoredPrediction): StoredAnswer {
  return { seq, ...prediction, ...(original && { original }) };
}
