import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../../src/cli/program';

const textOf = (file: string) => readFileSync(join(__dirname, '../..', file), 'utf8');
const readme = textOf('README.md');

/** Without the commands of other programs. */
const withoutOthers = (text: string) => text.replaceAll(/`[^`]*\b(?:npx jest|npm run) [^`]*`/g, '');

describe('the README', () => {
  it('has at most 200 lines and 1,300 words', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
    expect(readme.split(/\s+/).filter((word) => word !== '').length).toBeLessThanOrEqual(1300);
  });

  it.each([
    ['tour', 1_500_000],
    ['outage', 3_000_000],
    ['shadow', 3_000_000],
  ])('shows a moving picture: %s, below %d bytes', (name, most) => {
    expect(readme).toContain(`(docs/images/${name}.webp)`);
    const picture = readFileSync(join(__dirname, `../../docs/images/${name}.webp`));
    expect(picture.length).toBeLessThan(most);
    expect(picture.toString('latin1').split('ANMF').length).toBeGreaterThan(10);
  });

  it('has only figures that are in the benchmarks', () => {
    const [, table = ''] = /^## Why[^]*?(\|[^]*?\n)\n/m.exec(readme) ?? [];
    const figures = table.match(/\d+,\d{3}/g) ?? [];
    expect(figures.length).toBeGreaterThan(4);
    const measured = textOf('docs/benchmarks.md');
    expect(figures.filter((figure) => !measured.includes(figure))).toEqual([]);
  });

  it('and the guarantees name only flags that exist', () => {
    const options = createProgram().commands.flatMap((command) =>
      [command, ...command.commands].flatMap((each) => each.options.map(({ long }) => long)),
    );
    const known = new Set([...options, '--help', '--version', '--no-install', '--rm', '--cpu-prof']);
    const text = withoutOthers(readme + textOf('docs/concepts/guarantees.md'));
    const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z0-9-]+/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !known.has(flag))).toEqual([]);
  });
});
