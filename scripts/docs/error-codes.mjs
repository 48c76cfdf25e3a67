// docs/reference/error-codes.md, from the catalogue of errors.
import { code, page, table } from './markdown.mjs';
import { built } from './program.mjs';

const INTRODUCTION = `Every error has one of these codes: on stderr, in logs, in problem documents (\`code\`), and in dead letters (\`error-code\`).
An error marked *retryable* may pass without anybody changing anything.
[Troubleshooting](../guides/troubleshooting.md) lists the remedies.`;

export function errorCodesPage(root) {
  const { ERROR_CODES, REJECTION_CODES, StreamInferError } = built(root, 'core/errors.js');
  const { exitCodeOf } = built(root, 'cli/exit.js');
  const row = ([name, { meaning, retryable }]) => [code(name), meaning, retryable ? 'yes' : ''];
  const all = Object.entries(ERROR_CODES);
  const rejections = all.filter(([name]) => REJECTION_CODES.includes(name));
  const others = all.filter(([name]) => !REJECTION_CODES.includes(name));
  return page('Error codes', INTRODUCTION, [
    '## Dead letters',
    table(['code', 'meaning', 'retryable'], rejections.map(row)),
    '## Errors of the program',
    table(
      ['code', 'meaning', 'retryable', 'exit code of a command'],
      others.map((entry) => [...row(entry), exitCodeOf(new StreamInferError(entry[0], ''))]),
    ),
  ]);
}
