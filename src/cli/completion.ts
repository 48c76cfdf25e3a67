import { resolve } from 'node:path';
import type { Command, Option } from 'commander';
import type { Command as TabCommand, RootCommand } from '@bomb.sh/tab' with { 'resolution-mode': 'import' };
import { NAME } from './program-name';

/** An ES module, which CommonJS can load only in this way. */
const loadTab = () => import('@bomb.sh/tab');

/** Prints the script for a shell; it runs `stream-infer complete -- <words>` at each press of the tab key. */
export async function printScript(shell: string, _options: object, command: Command): Promise<void> {
  const program = rootOf(command);
  const tab = await toTab(program);
  tab.setup(NAME, fromAnyFolder(program.name()), shell);
}

/** Prints the completions of the last word, one per line, in the format of that script. */
export async function printSuggestions(
  words: readonly string[],
  _options: object,
  command: Command,
): Promise<void> {
  const tab = await toTab(rootOf(command));
  tab.parse([...words]);
}

/** The script is evaluated once, but completes in every folder. */
function fromAnyFolder(name: string): string {
  return name.startsWith('node ') ? `node ${resolve(process.argv[1] ?? '')}` : name;
}

function rootOf(command: Command): Command {
  return command.parent ?? command;
}

/** The same commands, flags and choices for tab. The flags of `run` are also those of the program. */
async function toTab(program: Command): Promise<RootCommand> {
  const { RootCommand } = await loadTab();
  const root = new RootCommand();
  for (const { command, path } of leavesOf(program, [])) {
    addOptions(root.command(path.join(' '), command.description()), command);
    if (path.join(' ') === 'run') addOptions(root, command);
  }
  return root;
}

interface Leaf {
  readonly command: Command;
  readonly path: readonly string[];
}

function leavesOf(command: Command, path: readonly string[]): Leaf[] {
  return command.commands
    .filter((child) => child.name() !== 'complete')
    .flatMap((child) => {
      const own = [...path, child.name()];
      return [{ command: child, path: own }, ...leavesOf(child, own)];
    });
}

function addOptions(tab: TabCommand, command: Command): void {
  for (const option of command.options) {
    const name = option.long?.replace(/^--/, '');
    if (name === undefined) continue;
    const short = option.short?.replace(/^-/, '');
    if (option.isBoolean() || option.negate) tab.option(name, option.description, short);
    else tab.option(name, option.description, (complete) => suggest(option, complete), short);
  }
}

/** Suggests the words in `<memory|kafka|pubsub>`, and nothing for an arbitrary value. */
function suggest(option: Option, complete: (value: string, description: string) => void): void {
  const [, written = ''] = /<([\w|.-]+\|[\w|.-]+)>/.exec(option.flags) ?? [];
  const choices = option.argChoices ?? written.split('|').filter((word) => word !== '' && word !== 'n');
  for (const choice of choices) complete(choice, '');
}
