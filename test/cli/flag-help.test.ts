import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program';

/** Longest help of a flag that fits next to the flags of a terminal with 100 columns. */
const MOST = 60;

const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];
/** These list the error codes, which no short text could hold. */
const LONG = ['--code'];

it('describes each flag by at most 60 characters, with its default and without a full stop', () => {
  const wrong = commandsOf(createProgram()).flatMap((command) => {
    const help = command.createHelp();
    return help
      .visibleOptions(command)
      .filter(({ long }) => !LONG.includes(long ?? ''))
      .map((option) => `${command.name()} ${option.flags}: ${help.optionDescription(option)}`)
      .filter((line) => {
        const text = line.slice(line.indexOf(': ') + 2);
        return text === '' || text.length > MOST || text.endsWith('.');
      });
  });
  expect(wrong).toEqual([]);
});
