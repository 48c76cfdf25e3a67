import type { Command } from 'commander';
import { runnable } from './program-name';

/** Appends a text to a command's help, with command lines as they work here. */
export function addHelp(command: Command, text: string): Command {
  return command.addHelpText('after', ({ command: shown }) => {
    let root = shown;
    while (root.parent !== null) root = root.parent;
    return runnable(text, root.name());
  });
}
