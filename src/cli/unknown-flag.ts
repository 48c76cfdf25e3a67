import type { Command } from 'commander';
import { closest } from '../core/suggest';

/**
 * Commander's error text in this program's form: `error USAGE: unknown flag --prot; did you mean --port?`
 * The value of `--tokn=…` is left out, because it may be a secret.
 */
export function withSuggestion(text: string, command: Command): string {
  const flag = /^error: unknown option '(--?[^='\n]*)/.exec(text)?.[1];
  if (flag === undefined) return text.replace(/^error: /, 'error USAGE: ');
  const known = command.options.flatMap(({ long }) => long ?? []);
  const meant = known.find((one) => letters(one) === letters(flag)) ?? closest(flag, known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `error USAGE: unknown flag ${flag}${hint}\n`;
}

/** Equal for words that differ in the order of their letters only: `--prot` and `--port`. */
function letters(word: string): string {
  return [...word].sort().join('');
}
