import { createReadStream } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../core/errors';
import { unreadable, type ImageFile } from './image-file';

/** Longest line, characters. */
const MOST_IN_LINE = 64 << 10;
const FILE_COLUMNS = ['file', 'filename', 'path', 'image'];
const CLASS_COLUMNS = ['label', 'class', 'classname', 'truth'];

interface Columns {
  readonly file: number;
  readonly className: number;
}

/**
 * The pictures of a CSV file: `file,label` in each line, paths relative to the CSV file. A first line with names of columns
 * may order them differently. The label is the number or the name of a class. Rejects with FILE_UNREADABLE or
 * DATASET_CORRUPT, naming the line.
 */
export async function* listedImages(csv: string): AsyncGenerator<ImageFile> {
  let columns: Columns = { file: 0, className: 1 };
  let number = 0;
  for await (const line of linesOf(csv)) {
    number++;
    if (line.trim() === '') continue;
    const cells = cellsOf(line);
    if (cells === undefined) throw malformed(csv, number, 'a quote is not closed');
    const named = number === 1 ? columnsIn(cells) : undefined;
    if (named !== undefined) columns = named;
    else yield toImage(csv, number, cells, columns);
  }
}

function toImage(csv: string, number: number, cells: readonly string[], columns: Columns): ImageFile {
  const name = cells[columns.file]?.trim() ?? '';
  const className = cells[columns.className]?.trim() ?? '';
  if (name === '') throw malformed(csv, number, 'there is no file name');
  return {
    path: path.resolve(path.dirname(csv), name),
    name,
    ...(className !== '' && { className }),
  };
}

function columnsIn(cells: readonly string[]): Columns | undefined {
  const names = cells.map((cell) => cell.trim().toLowerCase().replaceAll('_', ''));
  const file = names.findIndex((name) => FILE_COLUMNS.includes(name));
  return file < 0 ? undefined : { file, className: names.findIndex((name) => CLASS_COLUMNS.includes(name)) };
}

/** RFC 4180 within one line; undefined for an open quote. */
function cellsOf(line: string): string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; at <= line.length;) {
    const quoted = /"((?:[^"]|"")*)"/y;
    quoted.lastIndex = at;
    const [whole, inner = ''] = quoted.exec(line) ?? [];
    if (whole === undefined && line[at] === '"') return undefined;
    const end = nextComma(line, at + (whole?.length ?? 0));
    cells.push(whole === undefined ? line.slice(at, end) : inner.replaceAll('""', '"'));
    at = end + 1;
  }
  return cells;
}

function nextComma(line: string, from: number): number {
  const comma = line.indexOf(',', from);
  return comma < 0 ? line.length : comma;
}

/** `readline` would hold a line of any length. */
async function* linesOf(csv: string): AsyncGenerator<string> {
  let rest = '';
  let number = 0;
  const stream = createReadStream(csv, 'utf8');
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) yield withoutMark(line, ++number);
      if (rest.length > MOST_IN_LINE)
        throw malformed(csv, number + 1, `it is longer than ${MOST_IN_LINE} characters`);
    }
  } catch (error) {
    throw unreadable(csv, error);
  } finally {
    stream.destroy();
  }
  if (rest !== '') yield withoutMark(rest, number + 1);
}

/** Spreadsheets begin a file with a byte order mark. */
function withoutMark(line: string, number: number): string {
  return number === 1 ? line.replace(/^\ufeff/, '') : line;
}

function malformed(csv: string, line: number, problem: string): StreamInferError {
  return new StreamInferError(
    'DATASET_CORRUPT',
    `${csv}, line ${line}: ${problem}; expected file,label in each line`,
  );
}
