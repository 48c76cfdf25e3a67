import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CommandLine {
  /** Where it stands, for messages. */
  readonly place: string;
  /** What follows `sh` in the fence: which broker the block needs. */
  readonly needs: string;
  /** Without the comment at its end. */
  readonly text: string;
}

const ROOT = join(__dirname, '../..');

/** Every line of every `sh` block of a Markdown file; what ends in a backslash is one line with the next. */
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

/** The words after `stream-infer` (or `npx stream-infer`), if the line is one of those; variables in front are left out. */
export function ownWords(line: string): string[] | undefined {
  const [, rest] = /^(?:[A-Z_]+=\S+ )*(?:npx )?stream-infer(?: (.*))?$/.exec(line) ?? [];
  if (!/^(?:[A-Z_]+=\S+ )*(?:npx )?stream-infer( |$)/.test(line)) return undefined;
  return (rest ?? '').split(' ').filter((word) => word !== '');
}
