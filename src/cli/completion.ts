import type { Command, Option } from 'commander';
import type { Command as TabCommand, RootCommand } from '@bomb.sh/tab' with { 'resolution-mode': 'import' };

/** Declares itself as an ES module, which CommonJS can load in this way alone. */
const loadTab = () => import('@bomb.sh/tab');

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof SHELLS)[number];

/** The script that a shell evaluates; it asks `stream-infer complete -- <words>` at each press of the tab key. */
export async function printScript(program: Command, shell: Shell): Promise<void> {
  const tab = await toTab(program);
  tab.setup(program.name(), program.name(), shell);
}

/** What the last of the words can become, a line each, as the script wants it. */
export async function printSuggestions(program: Command, words: readonly string[]): Promise<void> {
  const tab = await toTab(program);
  tab.parse([...words]);
}

/** The same commands, flags and choices in tab's own form. What is true of `run` is true without a command, too. */
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

/** The words in `<memory|kafka|pubsub>`; nothing for what may be anything. */
function suggest(option: Option, complete: (value: string, description: string) => void): void {
  const [, written = ''] = /<([\w|.-]+\|[\w|.-]+)>/.exec(option.flags) ?? [];
  const choices = option.argChoices ?? written.split('|').filter((word) => word !== '' && word !== 'n');
  for (const choice of choices) complete(choice, '');
}
