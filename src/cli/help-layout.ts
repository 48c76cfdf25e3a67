import { Help, type Command, type HelpConfiguration, type Option } from 'commander';
import { describeOption } from './choice-option';
import { commonOptions, inGroups } from './flag-groups';

/** Widest term next to its description, in columns: a longer one gets a line of its own. */
const TERM = 30;
const INDENT = 2;
const GAP = 2;

/** Layout of every help: groups, lines that fit the terminal, and without `all` no rarely used flags. */
export function helpLayout(all: boolean): HelpConfiguration {
  const plain = new Help();
  return {
    minWidthToWrap: 24,
    optionDescription: describeOption,
    visibleOptions(command: Command): Option[] {
      const options = plain.visibleOptions(command);
      return inGroups(all ? options : commonOptions(options));
    },
    groupItems: (_all, visible, groupOf) => plain.groupItems(visible, visible, groupOf),
    padWidth: (command: Command, helper: Help) => Math.min(TERM, plain.padWidth(command, helper)),
    formatItem(term: string, width: number, description: string, helper: Help): string {
      if (helper.displayWidth(term) <= width || description === '')
        return plain.formatItem.call(helper, term, width, description, helper);
      const indent = ' '.repeat(INDENT + width + GAP);
      const room = (helper.helpWidth ?? 80) - indent.length;
      const lines = helper.boxWrap(description, room).split('\n');
      return [`${' '.repeat(INDENT)}${term}`, ...lines.map((line) => `${indent}${line}`)].join('\n');
    },
  };
}

/** Number of flags that a help without `--all` leaves out. */
export function hiddenFlags(command: Command): number {
  const options = new Help().visibleOptions(command);
  return options.length - commonOptions(options).length;
}
