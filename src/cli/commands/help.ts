import { Command } from 'commander';
import { unknownCommand } from '../unknown-command';

/** Replaces commander's own, which prints its usage for an unknown name without naming it. */
export function helpCommand(): Command {
  const command = new Command('help')
    .description('Show the help of one command.')
    .argument('[command...]', 'command and subcommand')
    // Read before the help is built: see runCli.
    .option('--all', 'rarely used flags, too')
    .action((words: readonly string[]) => {
      let named = command.parent as Command;
      for (const word of words) {
        const next = named.commands.find((known) => known.name() === word);
        if (next === undefined) throw unknownCommand(word, named);
        named = next;
      }
      named.help();
    });
  return command;
}
