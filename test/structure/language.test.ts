import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsIn, proseOf, TEXT_FILES, type Finding } from '../helpers/language';

interface Language {
  readonly words: readonly { readonly pattern: string; readonly why: string; readonly instead: string }[];
  readonly exceptions: readonly { readonly file: string; readonly text: string; readonly reason: string }[];
}

const language = JSON.parse(readFileSync(join(__dirname, 'language.json'), 'utf8')) as Language;
const isExcepted = ({ file, text }: Finding) =>
  language.exceptions.some((one) => one.file === file && text.includes(one.text));

describe('the language of comments, messages and documents', () => {
  const findings = TEXT_FILES.flatMap((file) => findingsIn(file, language)).filter((one) => !isExcepted(one));

  it('has files to check', () => {
    expect(TEXT_FILES.length).toBeGreaterThan(300);
  });

  it('has no listed word and no long sentence', () => {
    expect(findings.map(({ file, line, problem, text }) => `${file}:${line}: ${problem}: ${text}`)).toEqual(
      [],
    );
  });

  it('has a reason for each word and each exception', () => {
    expect(language.words.filter(({ why, instead }) => !why || !instead)).toEqual([]);
    expect(language.exceptions.filter(({ reason }) => !reason)).toEqual([]);
  });
});

describe('reading prose', () => {
  it('finds comments and strings with their lines, but not code', () => {
    const code = "const a = 'two words'; // a comment\n/** Of two\n * lines. */\nconst b = /it's/;\n";
    expect(proseOf('x.ts', code)).toEqual([
      { line: 1, text: 'two words' },
      { line: 1, text: 'a comment' },
      { line: 2, text: 'Of two lines.' },
    ]);
  });

  it('leaves code out of Markdown', () => {
    expect(proseOf('x.md', 'Some `code` here.\n\n```sh\nrun\n```\n\n| a | b |\n')).toEqual([
      { line: 1, text: 'Some … here.' },
      { line: 7, text: 'a' },
      { line: 7, text: 'b' },
    ]);
  });
});
