import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CommandLine {
  /** File of the line, for messages. */
  readonly place: string;
  /** The word after `sh` in the fence: the broker of the block, or `setup`. */
  readonly needs: string;
  /** The line without its comment. */
  readonly text: string;
}

const ROOT = join(__dirname, '../..');

/** Every line of every `sh` block of a Markdown file; a backslash at the end joins two lines. */
export function commandLinesOf(file: string): CommandLine[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^```sh ?(\w*)\n([^]*?)^```$/gm)].flatMap(([, needs = '', body = '']) =>
    body
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .filter((line) => line !== '')
      .map((line) => ({ place: file, needs, text: line })),
  );
}

/** The calls of the program in the documentation; both work in a checkout. */
const CALL = /^(?:[A-Z_]+=\S+ )*(?:npx --no-install stream-infer|npm start(?: --)?)(?= |$)/;

/** The words after `npx --no-install stream-infer` or `npm start --`, without quotes; undefined for other lines. */
export function ownWords(line: string): string[] | undefined {
  if (!CALL.test(line)) return undefined;
  const words = line.replace(CALL, '').match(/"[^"]*"|\S+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}
