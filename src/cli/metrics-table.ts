import { percent } from '../core/percent';
import { CLASS_NAMES } from '../core/labels';
import type { ClassMetrics, Metrics } from '../training/metrics';

/** Longest class name in a table, characters. */
const MOST_LETTERS = 24;
/** Larger tables are cut to the classes with the lowest F1. */
const MOST_CLASSES = 50;
/** A larger matrix does not fit a terminal; the most frequent confusions are listed instead. */
const MOST_COLUMNS = 12;
const MOST_CONFUSIONS = 20;

/** One line per class: images, precision, recall, F1. At most 80 columns. */
export function renderClassTable({ perClass }: Metrics, labels: readonly string[] = CLASS_NAMES): string {
  const shown = perClass.length <= MOST_CLASSES ? perClass : lowestF1(perClass);
  const row = rowsOf(labels);
  const header = row('class', ['images', 'precision', 'recall', 'F1'], 11);
  const lines = shown.map(({ label, support, precision, recall, f1 }) =>
    row(named(label, labels), [String(support), percent(precision), percent(recall), percent(f1)], 11),
  );
  const note = shown === perClass ? [] : [`(the lowest F1 of ${perClass.length} classes; --json has all)`];
  return [header, ...lines, ...note].join('\n');
}

/** Without the classes that have no images. */
function lowestF1(perClass: readonly ClassMetrics[]): readonly ClassMetrics[] {
  const seen = perClass.filter(({ support }) => support > 0);
  return seen.toSorted((a, b) => a.f1 - b.f1).slice(0, MOST_CLASSES);
}

/**
 * Rows: true class; columns: predicted class, by number. At most 80 columns for up to 99,999 images per cell. With many
 * classes: the most frequent confusions, one per line.
 */
export function renderConfusion({ confusion }: Metrics, labels: readonly string[] = CLASS_NAMES): string {
  if (confusion.length > MOST_COLUMNS) return renderPairs(confusion, labels);
  const width = Math.max(6, ...confusion.flat().map((count) => String(count).length + 1));
  const row = rowsOf(labels);
  const header = row(
    'actual \\ predicted',
    confusion.map((_, label) => String(label)),
    width,
  );
  return [
    header,
    ...confusion.map((counts, label) => row(named(label, labels), counts.map(String), width)),
  ].join('\n');
}

function renderPairs(confusion: Metrics['confusion'], labels: readonly string[]): string {
  const pairs = confusion.flatMap((counts, truth) =>
    counts.flatMap((count, label) => (count > 0 && label !== truth ? [{ truth, label, count }] : [])),
  );
  if (pairs.length === 0) return 'no confusions';
  const lines = pairs
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSIONS)
    .map(
      ({ truth, label, count }) =>
        `${String(count).padStart(7)}  ${named(truth, labels)} → ${named(label, labels)}`,
    );
  return ['most frequent confusions (actual → predicted)', ...lines].join('\n');
}

function rowsOf(
  labels: readonly string[],
): (name: string, cells: readonly string[], width: number) => string {
  const longest = Math.min(MOST_LETTERS, Math.max(...labels.map((label) => label.length)));
  // "actual \ predicted" is the widest cell for short names.
  const first = Math.max(longest + 5, 16);
  return (name, cells, width) => name.padEnd(first) + cells.map((cell) => cell.padStart(width)).join('');
}

function named(label: number, labels: readonly string[]): string {
  const name = labels[label] ?? '';
  return `${label} ${name.length <= MOST_LETTERS ? name : `${name.slice(0, MOST_LETTERS - 1)}…`}`;
}
