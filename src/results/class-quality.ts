import { CLASS_COUNT, CLASS_NAMES } from '../core/labels';
import { BIN_COUNT, MINUTE_MS, startOfMinute, type MinuteCounts, type TallyData } from './tally';
import type { ClassQuality, ConfidenceBin, Confusion, Minute } from './view';

/** The figures of the page that come from the cells and bins of a tally. */
export function toConfusion({ cells, bins }: Pick<TallyData, 'cells' | 'bins'>): Confusion {
  const matrix = CLASS_NAMES.map((_, truth) => [
    ...cells.subarray(truth * CLASS_COUNT, (truth + 1) * CLASS_COUNT),
  ]);
  return {
    classes: [...CLASS_NAMES],
    matrix,
    judged: sum(matrix.flat()),
    correct: sum(matrix.map((row, label) => row[label]!)),
    perClass: CLASS_NAMES.map((className, label) => toClassQuality(matrix, label, className)),
    confidence: Array.from({ length: BIN_COUNT }, (_, bin) => toBin(bins, bin)),
  };
}

/** The last `count` minutes up to `now`, oldest first; minutes without counts are zeros. */
export function toHistory(
  counts: (at: number) => MinuteCounts | undefined,
  count: number,
  now: number,
): Minute[] {
  const latest = startOfMinute(now);
  return Array.from({ length: count }, (_, i) => {
    const at = latest - (count - 1 - i) * MINUTE_MS;
    const [, predictions, judged, correct, deadLetters] = counts(at) ?? [at, 0, 0, 0, 0];
    return { at: new Date(at).toISOString(), predictions, judged, correct, deadLetters };
  });
}

function toClassQuality(matrix: readonly number[][], label: number, className: string): ClassQuality {
  const hits = matrix[label]![label]!;
  const support = sum(matrix[label]!);
  const called = sum(matrix.map((row) => row[label]!));
  return {
    label,
    className,
    support,
    precision: called === 0 ? null : hits / called,
    recall: support === 0 ? null : hits / support,
    f1: support + called === 0 ? null : (2 * hits) / (support + called),
  };
}

function toBin(bins: Float64Array, bin: number): ConfidenceBin {
  const [count, judged, correct, total] = bins.subarray(bin * 4, bin * 4 + 4) as unknown as [
    number,
    number,
    number,
    number,
  ];
  const meanConfidence = count === 0 ? 0 : total / count;
  return { from: bin / BIN_COUNT, to: (bin + 1) / BIN_COUNT, count, judged, correct, meanConfidence };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
