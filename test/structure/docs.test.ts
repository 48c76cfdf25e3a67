import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program';
import { ERROR_CODES } from '../../src/core/errors';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { createTestMetrics } from '../helpers/metrics';

const ROOT = join(__dirname, '../..');
const underDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .map((file) => `docs/${file}`)
  .filter((file) => file.endsWith('.md') && !file.startsWith('docs/api/'));
const handWritten = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'examples/README.md',
  ...underDocs.filter((file) => !file.startsWith('docs/reference/')),
];
const pages = [...new Set([...handWritten, ...underDocs, 'CHANGELOG.md'])];
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The command that the words call, and the flags among the words. */
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

  it('call the program in a way that works in a checkout', () => {
    const inline = handWritten.flatMap((place) =>
      [...textOf(place).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => ({ place, text })),
    );
    const wrong = [...lines.filter(({ place }) => handWritten.includes(place)), ...inline].filter(
      ({ text }) => /^(?:npx )?stream-infer /.test(text),
    );
    expect(wrong).toEqual([]);
  });

  it('call npm scripts and files of this repository that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const wrong = lines.filter(({ text }) => {
      const script = /^npm (?:run ([\w:]+)|(start|test)\b)/.exec(text);
      if (script) return scripts[(script[1] ?? script[2]) as string] === undefined;
      const file = /(?:^node |-f |-k )((?:scripts|config)\/\S+)/.exec(text)?.[1];
      return file !== undefined && !existsSync(join(ROOT, file));
    });
    expect(wrong).toEqual([]);
  });
});

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

describe('the links in the documentation', () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
      ([, path = '', anchor]) => ({
        page,
        target: path === '' ? page : join(dirname(page), path),
        anchor,
      }),
    ),
  );

  it('lead to files that exist', () => {
    const broken = links.filter(({ target }) => !existsSync(join(ROOT, target)));
    expect(broken).toEqual([]);
  });

  it('lead to headings that exist', () => {
    const broken = links.filter(({ target, anchor }) => {
      if (anchor === undefined || !target.endsWith('.md')) return false;
      const headings = [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        anchorOf(heading),
      );
      return !headings.includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('reach every page from the index', () => {
    const listed = links.filter(({ page }) => page === 'docs/README.md').map(({ target }) => target);
    expect(underDocs.filter((page) => page !== 'docs/README.md' && !listed.includes(page))).toEqual([]);
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

describe('the guide to monitoring', () => {
  it('names metrics that exist', async () => {
    const { metrics } = createTestMetrics();
    const own = new Set(
      [...(await metrics.toText()).matchAll(/^# HELP stream_infer_(\w+)/gm)].map(([, name]) => name),
    );
    const [, table = ''] =
      /^\| question [^]*?\n(\|[^]*?)\n\n/m.exec(textOf('docs/guides/monitoring.md')) ?? [];
    const named = [...table.matchAll(/`([a-z_]+)(?:\{[a-z,]+\})?`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !own.has(name))).toEqual([]);
  });
});

describe('the page about the architecture', () => {
  const page = textOf('docs/concepts/architecture.md');

  it('names files that exist', () => {
    const files = [...page.matchAll(/`(?:src\/)?([a-z-]+\/[\w/-]+\.ts)`/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(join(ROOT, 'src', file)))).toEqual([]);
  });

  it('lists every folder of src', () => {
    const [, table = ''] = /^\| folder [^]*?\n(\|[^]*?)\n\n/m.exec(page) ?? [];
    const listed = new Set([...table.matchAll(/`([a-z-]+)(?:\/[a-z]+)?`/g)].map(([, name]) => name));
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => !listed.has(name))).toEqual([]);
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
    expect(['unit', 'slow', 'conformance', 'e2e', 'faults', 'browser']).toContain(project);
    const pattern = / --testPathPatterns (\S+)/.exec(text)?.[1] ?? '';
    const found = tests.filter((name) => new RegExp(pattern).test(name));
    expect(found).not.toEqual([]);
    const title = / -t '?([^']+)'?$/.exec(text)?.[1];
    if (title !== undefined)
      expect(found.filter((name) => new RegExp(title).test(textOf(name)))).not.toEqual([]);
  });
});
