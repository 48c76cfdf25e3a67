import { readBins } from '../core/confidence-bins';
import { f1Of } from '../core/f1';
import { MINUTE_MS, startOfMinute, type MinuteCounts, type TallyData } from './tally';
import type { ClassQuality, ConfusedPair, Confusion, Minute } from './view';

/** Counts of predictions, without those of the minutes. */
export type Counted = Pick<TallyData, 'cells' | 'bins'>;

/** More classes have no matrix, which nobody could read. */
export const MOST_IN_MATRIX = 50;
const MOST_PAIRS = 100;

/** The figures of the page that come from the cells and bins of a tally. */
export function toConfusion(counted: Counted, names: readonly string[]): Confusion {
  const { cells, bins } = counted;
  const judged = cells.filter(([truth]) => truth >= 0);
  const classes = namesOf(cells, names);
  return {
    classes,
    matrix: toMatrix(counted, names),
    pairs: toPairs(judged),
    judged: sum(judged.map(([, , count]) => count)),
    correct: sum(judged.map(([truth, label, count]) => (truth === label ? count : 0))),
    perClass: toClassQualities(judged, classes),
    confidence: readBins(bins),
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

/** Counts by truth and label; empty if there are too many classes. */
export function toMatrix({ cells }: Counted, names: readonly string[]): number[][] {
  const size = classCountOf(cells, names);
  if (size > MOST_IN_MATRIX) return [];
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [truth, label, count] of cells) if (truth >= 0) matrix[truth]![label] = count;
  return matrix;
}

function namesOf(cells: TallyData['cells'], names: readonly string[]): string[] {
  return Array.from({ length: classCountOf(cells, names) }, (_, label) => names[label] ?? `class ${label}`);
}

/** Results of an earlier model may have more classes than the current one. */
function classCountOf(cells: TallyData['cells'], names: readonly string[]): number {
  return cells.reduce((most, [truth, label]) => Math.max(most, truth + 1, label + 1), names.length);
}

/** Most frequent first. */
function toPairs(judged: TallyData['cells']): ConfusedPair[] {
  return judged
    .filter(([truth, label, count]) => truth !== label && count > 0)
    .sort(([, , a], [, , b]) => b - a)
    .slice(0, MOST_PAIRS)
    .map(([truth, label, count]) => ({ truth, label, count }));
}

function toClassQualities(judged: TallyData['cells'], classes: readonly string[]): ClassQuality[] {
  const [support, called, hits] = [0, 1, 2].map(() => new Float64Array(classes.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const [truth, label, count] of judged) {
    support[truth]! += count;
    called[label]! += count;
    if (truth === label) hits[label]! += count;
  }
  const qualities = classes.map((className, label) =>
    toClassQuality({ label, className }, hits[label]!, support[label]!, called[label]!),
  );
  return classes.length <= MOST_IN_MATRIX ? qualities : qualities.filter(({ f1 }) => f1 !== null);
}

function toClassQuality(
  named: Pick<ClassQuality, 'label' | 'className'>,
  hits: number,
  support: number,
  called: number,
): ClassQuality {
  return {
    ...named,
    support,
    precision: called === 0 ? null : hits / called,
    recall: support === 0 ? null : hits / support,
    f1: f1Of(hits, support, called),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
