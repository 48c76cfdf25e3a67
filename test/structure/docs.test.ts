import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program';
import { ERROR_CODES } from '../../src/core/errors';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { createTestMetrics } from '../helpers/metrics';

const ROOT = join(__dirname, '../..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
].filter((file) => file.endsWith('.md'));
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The command that the words call, and its flags among them. */
function parse(words: readonly string[]): { command: Command; flags: string[] } {
  let command = createProgram();
  let at = 0;
  for (; at < words.length; at++) {
    const next: Command | undefined = command.commands.find((child) => child.name() === words[at]);
    if (next === undefined) break;
    command = next;
  }
  const run = command.commands.find((child) => child.name() === 'run');
  if (command.parent === null && run !== undefined) command = run;
  const flags = words.slice(at).filter((word) => /^--?[a-zA-Z]/.test(word));
  return { command, flags: flags.map((flag) => flag.replace(/=.*/, '')) };
}

describe('the command lines in the documentation', () => {
  const lines = pages.flatMap(commandLinesOf);

  it('are found', () => {
    expect(lines.length).toBeGreaterThan(40);
  });

  it('call commands with flags that they have', () => {
    const wrong = lines.flatMap(({ place, text }) => {
      const words = ownWords(text.split(' | ')[0] as string);
      if (words === undefined) return [];
      const { command, flags } = parse(words);
      const known = command.options.flatMap(({ long, short }) => [long, short]).concat('--help', '-h');
      return flags
        .filter((flag) => !known.includes(flag))
        .map((flag) => `${place}: ${text}: ${command.name()} has no ${flag}`);
    });
    expect(wrong).toEqual([]);
  });

  it('call npm scripts and files of this repository that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const wrong = lines.filter(({ text }) => {
      const script = /^npm (?:run (\w+)|(start|test)\b)/.exec(text);
      if (script) return scripts[(script[1] ?? script[2]) as string] === undefined;
      const file = /(?:^node |-f |-k )((?:scripts|config)\/\S+)/.exec(text)?.[1];
      return file !== undefined && !existsSync(join(ROOT, file));
    });
    expect(wrong).toEqual([]);
  });
});

describe('the links in the documentation', () => {
  it('lead to files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
        .map((match) => match[1] as string)
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the troubleshooting page', () => {
  const listed = [...textOf('docs/guides/troubleshooting.md').matchAll(/^\| (`[^|]+`) \|/gm)].flatMap((row) =>
    [...(row[1] as string).matchAll(/`([A-Z0-9_]+)`/g)].map((match) => match[1] as string),
  );

  it('has every error code once, and no other', () => {
    expect([...listed].sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });
});

describe('the table of metrics', () => {
  it('has every metric of stream-infer, and no other', async () => {
    const { metrics } = createTestMetrics();
    const own = [...(await metrics.toText()).matchAll(/^# HELP stream_infer_(\w+)/gm)].map(
      (match) => match[1],
    );
    const table = textOf('docs/guides/operations.md').matchAll(/^\| (`[a-z_`, ]+`) \|/gm);
    const listed = [...table].flatMap((row) =>
      [...(row[1] as string).matchAll(/`([a-z_]+)`/g)].map((match) => match[1]),
    );
    expect(listed.sort()).toEqual(own.sort());
  });
});

describe('the jest commands in the documentation', () => {
  const commands = pages.flatMap((page) =>
    [...textOf(page).matchAll(/npx jest [^`\n]*/g)].map(([text]) => ({ page, text: text.trim() })),
  );
  const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name}`)
    .filter((name) => name.endsWith('.test.ts'));

  it('are found', () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  it.each(commands)('run what they name: $text', ({ text }) => {
    // Jest takes every word after --selectProjects for a project, and then runs all tests of it.
    const project = /^npx jest --selectProjects (\w+)(?= --?[a-zA-Z]|$)/.exec(text)?.[1];
    expect(['unit', 'conformance', 'e2e', 'faults', 'browser']).toContain(project);
    const pattern = / --testPathPatterns (\S+)/.exec(text)?.[1] ?? '';
    const found = tests.filter((name) => new RegExp(pattern).test(name));
    expect(found).not.toEqual([]);
    const title = / -t '?([^']+)'?$/.exec(text)?.[1];
    if (title !== undefined)
      expect(found.filter((name) => new RegExp(title).test(textOf(name)))).not.toEqual([]);
  });
});
