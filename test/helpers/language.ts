import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

export interface Prose {
  readonly line: number;
  readonly text: string;
}

export interface Finding extends Prose {
  readonly file: string;
  readonly problem: string;
}

interface Rules {
  readonly limits?: { readonly code: number; readonly docs: number };
  readonly words: readonly { readonly pattern: string; readonly instead: string }[];
}

const FOLDERS = ['src', 'test', 'scripts', 'docs', 'schema', 'config', 'examples'];
/** Generated, third-party or data. */
const SKIPPED =
  /node_modules|docs\/reference\/|src\/client\/api\.ts|docs\/api\/|\.cache\/|consumer-project|src\/bench\/crayfish\//;

export const TEXT_FILES: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  ),
]
  .filter((file) => /\.(?:tsx?|mjs|cjs|md|json|ya?ml)$/.test(file) && !SKIPPED.test(file))
  .sort();

export function findingsIn(file: string, { words, limits = { code: 25, docs: 25 } }: Rules): Finding[] {
  const most = file.endsWith('.md') ? limits.docs : limits.code;
  return proseOf(file, readFileSync(join(ROOT, file), 'utf8')).flatMap(({ line, text }) => [
    ...words.flatMap(({ pattern, instead }) => {
      const [word] = new RegExp(pattern, 'i').exec(text) ?? [];
      return word === undefined ? [] : [{ file, line, text, problem: `“${word}” (instead: ${instead})` }];
    }),
    ...sentencesOf(text)
      .filter((sentence) => wordsOf(sentence) > most)
      .map((sentence) => ({
        file,
        line,
        text: sentence,
        problem: `${wordsOf(sentence)} words, at most ${most}`,
      })),
  ]);
}

/** The paragraphs, comments and strings of a file, with the lines that they begin at. */
export function proseOf(file: string, text: string): Prose[] {
  if (file.endsWith('.md')) return proseOfMarkdown(text);
  if (/\.ya?ml$/.test(file)) return pieces(text, /#[^\n]*/g);
  if (file.endsWith('.json')) return pieces(text, /"(?:[^"\\\n]|\\.)*"/g);
  return pieces(text, CODE);
}

/** Regular expressions come first, because they may contain quotes; they are dropped afterwards. */
const CODE =
  /(?<=[=(,:!&|?{};[]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|\/\*[^]*?\*\/|\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`/g;

function pieces(text: string, pattern: RegExp): Prose[] {
  const found: Prose[] = [];
  let line = 1;
  let counted = 0;
  for (const { 0: piece, index } of text.matchAll(pattern)) {
    line += text.slice(counted, index).split('\n').length - 1;
    counted = index;
    const isExpression = piece.startsWith('/') && !/^\/[*/]/.test(piece);
    const plain = plainOf(piece);
    // A single word is a name, an id or a value; a program in a string is not prose.
    const isProgram = /^['"`]/.test(piece) && /^(?:import|const|await|let) /.test(plain);
    if (!isExpression && !isProgram && /\w\s+\w/.test(plain)) found.push({ line, text: plain });
  }
  return found;
}

/** Without delimiters, and without the command lines of a help text. */
function plainOf(piece: string): string {
  const inner = piece
    .replace(/^ *\$ .*$/gm, '')
    .replace(/^\/\*+|\*\/$/g, '')
    .replace(/^(['"`])([^]*)\1$/, '$2')
    .replace(/^\s*(?:\/\/|\*(?!\/)|#) ?/gm, '')
    // The entries of a list, and indented command lines, are sentences of their own.
    .replace(/^(?: {2,}|\s*- )(?=\S)/gm, '. …');
  return withoutCode(inner).replace(/\s+/g, ' ').trim();
}

/** Names in backticks, placeholders and links are not words of a sentence. */
function withoutCode(text: string): string {
  return text
    .replace(/\$\{[^}]*\}/g, '…')
    .replace(/`[^`\n]*`/g, '…')
    .replace(/https?:\/\/\S+/g, '…');
}

function proseOfMarkdown(text: string): Prose[] {
  const found: Prose[] = [];
  let fenced = false;
  let paragraph: { line: number; lines: string[] } | undefined;
  const end = () => {
    if (paragraph) found.push({ line: paragraph.line, text: withoutCode(paragraph.lines.join(' ')).trim() });
    paragraph = undefined;
  };
  for (const [at, line] of text.split('\n').entries()) {
    const isFence = /^\s*```/.test(line);
    if (isFence) fenced = !fenced;
    if (
      isFence ||
      fenced ||
      line.trim() === '' ||
      line.startsWith('|') ||
      /^(?:[-*#]|\d+\.) /.test(line.trim())
    )
      end();
    if (isFence || fenced || line.trim() === '') continue;
    if (line.startsWith('|')) {
      const cells = withoutCode(line)
        .split('|')
        .map((cell) => cell.trim());
      for (const cell of cells) if (/\w/.test(cell)) found.push({ line: at + 1, text: cell });
    } else {
      paragraph ??= { line: at + 1, lines: [] };
      paragraph.lines.push(line.replace(/^\s*(?:[-*#]+|\d+\.) /, '').trim());
    }
  }
  end();
  return found;
}

/** The end of a sentence or of a list's entry; "…" stands for code, which may also be inside a sentence. */
const END =
  /(?<=[.!?]["')]?)(?<!\b(?:e\.g|i\.e|al|fig|vs)\.)\s+|(?<=…["')]?)\s+(?=[A-Z`"(@…])|\s+(?=@[a-z]+\b)|\s+·\s+/;

/** A colon or a semicolon ends a clause, not a sentence: a chain of them is one long sentence. */
function sentencesOf(text: string): string[] {
  return text.split(END);
}

function wordsOf(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[A-Za-z]/.test(word)).length;
}
