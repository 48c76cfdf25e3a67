import type { QueuedImage } from '../core/label';
import type { Disagreement } from '../core/model-version';
import type { ResultsView, StoredPrediction } from '../results/view';

/** Upper limits of the confidence, tried in this order until there are enough images. */
const STEPS = [0.4, 0.6, 0.8, 1];
const PAGE = 200;
/** Pages read for each step: at most 1,000 predictions. */
const PAGES = 5;
/** More candidates than needed, so that the least certain can be chosen. */
const CHOICE = 4;

/** Returns those of the ids that have a label. */
export type FindLabelled = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

/** Recent images without a label whose predictions are the least certain, least certain first. */
export async function leastCertain(
  results: Pick<ResultsView, 'list'>,
  labelled: FindLabelled,
  limit: number,
): Promise<QueuedImage[]> {
  const found = new Map<string, StoredPrediction>();
  for (const maxConfidence of STEPS) {
    let before: number | undefined;
    for (let page = 0; page < PAGES && found.size < limit * CHOICE; page++) {
      const rows = await results.list({
        maxConfidence,
        limit: PAGE,
        ...(before !== undefined && { before }),
      });
      const known = await labelled(rows.map(({ prediction }) => prediction.id));
      for (const row of rows) if (!known.has(row.prediction.id)) found.set(row.prediction.id, row);
      before = rows.at(-1)?.seq;
      if (rows.length < PAGE) break;
    }
    if (found.size >= limit) break;
  }
  return [...found.values()]
    .map(({ prediction }) => toQueued(prediction))
    .sort((a, b) => a.predicted.confidence - b.predicted.confidence)
    .slice(0, limit);
}

/** Recent images without a label that two versions labelled differently, newest first. */
export async function disputed(
  disagreements: readonly Disagreement[],
  labelled: FindLabelled,
  limit: number,
): Promise<QueuedImage[]> {
  const known = await labelled(disagreements.map(({ id }) => id));
  return disagreements
    .filter(({ id }) => !known.has(id))
    .slice(0, limit)
    .map(({ id, serving, shadow }) => ({
      id,
      reason: 'disagreement',
      predicted: toOpinion(serving),
      other: toOpinion(shadow),
    }));
}

/** Takes from both lists in turn; an image that is in both counts as a disagreement. */
export function inTurn(
  first: readonly QueuedImage[],
  second: readonly QueuedImage[],
  limit: number,
): QueuedImage[] {
  const others = second.filter(({ id }) => !first.some((one) => one.id === id));
  const longest = Math.max(first.length, others.length);
  const mixed = Array.from({ length: longest }, (_, at) => [first[at], others[at]]).flat();
  return mixed.filter((one) => one !== undefined).slice(0, limit);
}

function toQueued(prediction: StoredPrediction['prediction']): QueuedImage {
  return { id: prediction.id, reason: 'uncertain', predicted: toOpinion(prediction) };
}

/** Without the other fields of a prediction. */
export function toOpinion({
  label,
  className,
  confidence,
  model: { name, version },
}: QueuedImage['predicted']): QueuedImage['predicted'] {
  return { label, className, confidence, model: { name, version } };
}
