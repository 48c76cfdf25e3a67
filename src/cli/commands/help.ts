import { Command } from 'commander';
import { unknownCommand } from '../unknown-command';

/** Instead of commander's own, which prints its usage for a name it does not know, without a word about the name. */
export function helpCommand(): Command {
  const command = new Command('help')
    .description('Tell more of one command.')
    .argument('[command...]', 'its name, and that of its subcommand')
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
