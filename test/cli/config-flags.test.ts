import { CONFIG_FLAGS, flagsOf } from '../../src/cli/config-flags';
import { configSchema } from '../../src/config/schema';
import { createProgram } from '../../src/cli/program';
import type { Command } from 'commander';

const defaults = configSchema.parse({}) as Record<string, unknown>;
const valueAt = (path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], defaults);

/** The default in a help text, in the form of the schema. */
const UNITS: Readonly<Record<string, unknown>> = { '64MiB': 64 * 1024 * 1024, '25s': 25_000 };

describe('the flags of the configuration', () => {
  it.each(
    CONFIG_FLAGS.filter(({ path }) => typeof valueAt(path) !== 'boolean').map(
      (flag) => [flag.flags, flag] as const,
    ),
  )('names the default of the schema: %s', (_flags, { path, help }) => {
    const value = valueAt(path);
    const [, named] = /\(default: ([^)]*)\)$/.exec(help) ?? [];
    // The schema has no default where it depends on other settings or on the machine.
    if (value === undefined || named === undefined)
      return expect(value === undefined || named === undefined).toBe(true);
    expect(UNITS[named] ?? named).toEqual(
      typeof value === 'number' && !(named in UNITS) ? String(value) : value,
    );
  });

  it('are a superset in wider scopes', () => {
    for (const flag of flagsOf('broker')) expect(flagsOf('run')).toContain(flag);
    for (const flag of flagsOf('inference')) expect(flagsOf('run')).toContain(flag);
  });
});

describe('the help', () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const options = all(createProgram('stream-infer')).flatMap((command) =>
    command.options.map(({ flags, description }) => [command.name(), flags, description] as const),
  );

  it('describes every flag with a noun phrase of at most 60 characters', () => {
    const wrong = options.filter(
      ([, , text]) => text.length > 60 || /[.;]$|^(the|what|who|how|say|also) /i.test(text),
    );
    expect(wrong).toEqual([]);
  });
});
