/** `from` is included, `to` is excluded except in the last bin. */
export interface ConfidenceBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly judged: number;
  readonly correct: number;
  /** 0 when there are none. */
  readonly meanConfidence: number;
}

/** Number of equally wide bins. */
export const BIN_COUNT = 20;
const FIELDS = 4;

/** 20 × (count, judged, correct, sum of confidence), to be filled by `addToBins`. */
export function createBins(): Float64Array {
  return new Float64Array(BIN_COUNT * FIELDS);
}

/** @param count negative to subtract, as `judged` and `correct` */
export function addToBins(
  bins: Float64Array,
  confidence: number,
  count: number,
  judged: number,
  correct: number,
): void {
  const bin = binOf(confidence) * FIELDS;
  bins[bin]! += count;
  bins[bin + 1]! += judged;
  bins[bin + 2]! += correct;
  bins[bin + 3]! += confidence * count;
}

/** Lowest confidence first. */
export function readBins(bins: Float64Array): ConfidenceBin[] {
  return Array.from({ length: BIN_COUNT }, (_, bin) => {
    const at = bin * FIELDS;
    const [count, judged, correct, total] = [bins[at]!, bins[at + 1]!, bins[at + 2]!, bins[at + 3]!];
    const meanConfidence = count === 0 ? 0 : total / count;
    return { from: bin / BIN_COUNT, to: (bin + 1) / BIN_COUNT, count, judged, correct, meanConfidence };
  });
}

/** 0 for [0, 0.05), … 19 for [0.95, 1]. */
export function binOf(confidence: number): number {
  return Math.min(BIN_COUNT - 1, Math.max(0, Math.floor(confidence * BIN_COUNT)));
}
