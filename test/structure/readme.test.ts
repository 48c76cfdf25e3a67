import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
const escaped = (flags: string) => flags.replaceAll('|', '\\|');

/** What is said of stream-infer itself, without the commands of other programs. */
const guarantees = readFileSync(join(__dirname, '../../docs/concepts/guarantees.md'), 'utf8').replaceAll(
  /`[^`]*\b(?:npx|npm) [^`]*`/g,
  '',
);

describe('the README', () => {
  const commands = createProgram().commands;
  const run = commands.find((command) => command.name() === 'run') as Command;

  it.each(run.options.map((option) => [option.flags, option.description]))(
    'has %s with its meaning',
    (flags, description) => {
      expect(readme).toContain(`| \`${escaped(flags)}\` | ${escaped(description)} |`);
    },
  );

  it('has every command', () => {
    // What the shell's script calls is not for people, and help is named by every help.
    const told = (some: typeof commands) =>
      some.filter((known) => !['complete', 'help'].includes(known.name()));
    for (const command of told(commands).filter((known) => known !== run)) {
      for (const leaf of command.commands.length > 0 ? told(command.commands) : [command]) {
        const name = leaf === command ? leaf.name() : `${command.name()} ${leaf.name()}`;
        expect(readme).toContain(`| \`${name}\` | ${leaf.description()} |`);
      }
    }
  });

  it('and the guarantees name no flag that does not exist', () => {
    const known = commands
      .flatMap((command) => [command, ...command.commands])
      .flatMap((command) => command.options);
    const longs = new Set([
      ...known.map((option) => option.long),
      '--help',
      '--version',
      '--rm',
      '--data-binary',
      '--cpu-prof',
    ]);
    const named = [...(readme + guarantees).matchAll(/(?<![\w-])--[a-z][a-z0-9-]+/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !longs.has(flag))).toEqual([]);
  });
});
