import type { Command } from 'commander';
import { commonOptions, grouped } from '../../src/cli/flag-groups';
import { createProgram } from '../../src/cli/program';

const COLUMNS = 80;
const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];

function helpOf(name: string, all: boolean): string {
  const program = createProgram('stream-infer', all);
  const command = commandsOf(program).find((one) => one.name() === name) as Command;
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => COLUMNS });
  command.outputHelp();
  return text;
}

it('groups the flags of run, and shows the common ones', () => {
  const help = helpOf('run', false);
  const headings = help.match(/^[A-Z][A-Za-z ]+:$/gm);
  expect(headings).toEqual([
    'Options:',
    'Broker:',
    'Model:',
    'Throughput:',
    'HTTP and results:',
    'Demo:',
    'Output and logging:',
    'Examples:',
  ]);
  expect(help).toContain('--broker <memory|kafka|pubsub>');
  expect(help).not.toContain('--max-in-flight');
  expect(help).toMatch(/^\d+ more flags: stream-infer run --help --all$/m);
});

it('shows every flag with --all, each in a group', () => {
  const all = helpOf('run', true);
  const run = createProgram('stream-infer').commands.find((one) => one.name() === 'run') as Command;
  for (const { long, short } of run.options) expect(all).toContain(long ?? short);
  expect(all).not.toContain('more flags');
  const without = run.options.filter((option) => option.helpGroupHeading === undefined);
  expect(without.map(({ long }) => long)).toEqual(['--config']);
});

it('shows all flags of a command with few', () => {
  expect(helpOf('tail', false)).toBe(helpOf('tail', true));
});

it('names only flags of run in the groups', () => {
  const run = createProgram('stream-infer').commands.find((one) => one.name() === 'run') as Command;
  expect(commonOptions(run.options).length).toBeLessThan(run.options.length);
  expect(run.options.map(grouped)).toHaveLength(run.options.length);
});

it.each(['stream-infer', 'run', 'demo', 'doctor'])('fits 80 columns: %s', (name) => {
  for (const all of [false, true])
    expect(
      helpOf(name, all)
        .split('\n')
        .filter((line) => line.length > COLUMNS),
    ).toEqual([]);
});
