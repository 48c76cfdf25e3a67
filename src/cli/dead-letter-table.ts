import colors from 'picocolors';
import type { ListedDeadLetter } from '../dead-letters/list-dead-letters';
import { printable } from './print-outcomes';

const HEADINGS = ['time (UTC)', 'code', 'stage', 'source id', 'size', 'reason'] as const;
const GAP = '  ';
/** Shortest reason, in characters, even on a narrow terminal. */
const MIN_MESSAGE = 20;
const MAX_ID = 40;

/** One line per dead letter: time, code, stage, source id, size, reason. The reason is cut to fit `width`. */
export function renderDeadLetters(letters: readonly ListedDeadLetter[], width: number): string {
  const rows = letters.map(toCells);
  const widths = HEADINGS.slice(0, -1).map((heading, column) =>
    Math.max(heading.length, ...rows.map((cells) => (cells[column] ?? '').length)),
  );
  const room = Math.max(MIN_MESSAGE, width - widths.reduce((sum, one) => sum + one + GAP.length, 0));
  const lines = rows.map((cells) => line(cells, widths, room));
  return [colors.dim(line(HEADINGS, widths, room)), ...lines].join('\n');
}

/** 1234 is `1.2 kB`, as disks and networks count. */
export function renderBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function toCells(letter: ListedDeadLetter): string[] {
  const again = letter.redriveCount === 0 ? '' : `(redriven ${letter.redriveCount}×) `;
  const cut = letter.complete ? '' : '(cut) ';
  return [
    toTime(letter.failedAt),
    printable(letter.code),
    printable(letter.stage),
    shorten(printable(letter.sourceId), MAX_ID),
    renderBytes(letter.valueBytes),
    `${cut}${again}${printable(letter.message)}`,
  ];
}

function line(cells: readonly string[], widths: readonly number[], room: number): string {
  const padded = widths.map((width, i) => {
    const cell = cells[i] ?? '';
    return HEADINGS[i] === 'size' ? cell.padStart(width) : cell.padEnd(width);
  });
  return [...padded, shorten(cells.at(-1) ?? '', room)].join(GAP);
}

/** To the second, in UTC as the header is. */
function toTime(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(iso) ? iso.slice(0, 19).replace('T', ' ') : '?';
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
