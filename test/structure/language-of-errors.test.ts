import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

interface Rules {
  readonly names: readonly string[];
  readonly notChecked: readonly { readonly folder: string; readonly reason: string }[];
}

const SRC = resolve(__dirname, '../../src');
const { errors: rules } = JSON.parse(readFileSync(join(__dirname, 'language.json'), 'utf8')) as {
  errors: Rules;
};
const isChecked = (file: string) => !rules.notChecked.some(({ folder }) => file.startsWith(`${folder}/`));

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && isChecked(file),
);

describe('the texts of errors: `wrong thing; remedy`', () => {
  const found = files.flatMap((file) => {
    const code = readFileSync(join(SRC, file), 'utf8');
    return code.includes('StreamInferError') ? textsIn(file, code) : [];
  });

  it('has texts to check', () => {
    expect(found.length).toBeGreaterThan(150);
  });

  it('begins in lower case, has no full stop, and separates the remedy by a semicolon', () => {
    const wrong = found.flatMap(({ at, text }) =>
      problemsOf(text).map((problem) => `${at}: ${problem}: ${text}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has a reason for each folder that is not checked', () => {
    expect(rules.notChecked.filter(({ reason }) => !reason)).toEqual([]);
  });

  it('notices each kind of mistake', () => {
    expect(problemsOf('The port is in use. Choose another one.')).toHaveLength(3);
    expect(problemsOf('Kafka at … does not answer; is it running?')).toEqual([]);
  });
});

function problemsOf(text: string): string[] {
  return [
    /^[A-Z][a-z]+\b/.test(text) && !rules.names.some((name) => text.startsWith(name))
      ? 'begins in upper case'
      : '',
    /[^.]\.$/.test(text) ? 'ends in a full stop' : '',
    /[^.…]\. [A-Z]/.test(text) ? 'has two sentences' : '',
  ].filter((problem) => problem !== '');
}

/** The texts that are written where the error is created; "…" stands for an expression. */
function textsIn(file: string, code: string): { readonly at: string; readonly text: string }[] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest);
  const texts: { at: string; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const text = writtenIn(node, source);
    if (text !== undefined && /\w \w/.test(text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      texts.push({ at: `${file}:${line + 1}`, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

/** The text of `new StreamInferError(code, text)`, or the prefix of `StreamInferError.from(error, code, prefix)`. */
function writtenIn(node: ts.Node, source: ts.SourceFile): string | undefined {
  const isNew = ts.isNewExpression(node) && node.expression.getText(source) === 'StreamInferError';
  const isFrom = ts.isCallExpression(node) && node.expression.getText(source) === 'StreamInferError.from';
  const argument = isNew ? node.arguments?.[1] : isFrom ? node.arguments[2] : undefined;
  return argument && textOf(argument);
}

function textOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return textOf(node.left) + textOf(node.right);
  return '…';
}
