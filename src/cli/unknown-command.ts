import type { Command } from 'commander';
import { closest } from '../core/suggest';
import { StreamInferError } from '../core/errors';

/** @param parent the command whose subcommands are suggested */
export function unknownCommand(word: string, parent: Command | null): StreamInferError {
  const names = parent?.commands.map((known) => known.name()) ?? [];
  const suggestion = closest(word, names);
  const hint = suggestion ? `did you mean ${suggestion}?` : `the commands are ${names.join(', ')}`;
  return new StreamInferError('USAGE', `unknown command ${word}; ${hint}`);
}
