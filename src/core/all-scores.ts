import type { PredictionOutcome } from './prediction';

/** Scores by label, rounded to six digits, also of a model whose predictions have the best classes, or objects. */
export function allScores({ prediction, scores }: PredictionOutcome): readonly number[] {
  return prediction.probabilities ?? roundedScores(scores ?? []);
}

/** As predictions have them: with six digits. */
export function roundedScores(scores: ArrayLike<number>): number[] {
  return Array.from(scores, (score) => Math.round(score * 1e6) / 1e6);
}
