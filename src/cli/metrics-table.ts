import { CLASS_NAMES } from '../core/labels';
import type { Metrics } from '../training/metrics';

const NAME_WIDTH = Math.max(...CLASS_NAMES.map((name) => name.length)) + 2;

/** One line per class: images, precision, recall, F1. At most 80 columns. */
export function renderClassTable({ perClass }: Metrics): string {
  const header = row('class', ['images', 'precision', 'recall', 'F1'], 11);
  const lines = perClass.map(({ label, support, precision, recall, f1 }) =>
    row(named(label), [String(support), percent(precision), percent(recall), percent(f1)], 11),
  );
  return [header, ...lines].join('\n');
}

/** Rows: true class; columns: predicted class, by number. At most 80 columns for up to 99,999 images per cell. */
export function renderConfusion({ confusion }: Metrics): string {
  const width = Math.max(6, ...confusion.flat().map((count) => String(count).length + 1));
  const header = row(
    'actual \\ predicted',
    confusion.map((_, label) => String(label)),
    width,
  );
  return [header, ...confusion.map((counts, label) => row(named(label), counts.map(String), width))].join(
    '\n',
  );
}

/** With two decimals: 0.9271 is `92.71 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function row(name: string, cells: readonly string[], width: number): string {
  return name.padEnd(NAME_WIDTH + 3) + cells.map((cell) => cell.padStart(width)).join('');
}

function named(label: number): string {
  return `${label} ${CLASS_NAMES[label] ?? ''}`;
}
