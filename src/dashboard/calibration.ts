import type { ConfusionAnswer, ConfidenceBin } from '../http/schemas/quality';

/** Expected calibration error over the labelled predictions, 0–1; null if there are none. */
export function calibrationError(bins: readonly ConfidenceBin[]): number | null {
  const judged = bins.reduce((sum, bin) => sum + bin.judged, 0);
  if (judged === 0) return null;
  return bins.reduce((sum, bin) => sum + bin.judged * gapOf(bin), 0) / judged;
}

/** Distance between accuracy and mean confidence; 0 for a bin without labelled predictions. */
function gapOf({ judged, correct, meanConfidence }: ConfidenceBin): number {
  return judged === 0 ? 0 : Math.abs(correct / judged - meanConfidence);
}

export interface Mistake {
  readonly truth: number;
  readonly label: number;
  readonly count: number;
}

/** The most frequent confusion; null without errors. */
export function worstMistake({ pairs }: ConfusionAnswer): Mistake | null {
  return pairs[0] ?? null;
}
