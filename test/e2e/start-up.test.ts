import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cli } from '../helpers/cli';

jest.setTimeout(60_000);

const COUNTER = resolve(__dirname, '../fixtures/count-modules.cjs');

/** The modules that a command loads. */
async function modulesOf(args: readonly string[]): Promise<string[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'stream-infer-modules-')), 'modules');
  const { code } = await cli(args, { NODE_OPTIONS: `--require ${COUNTER}`, MODULES_FILE: file });
  expect(code).toBe(0);
  return readFileSync(file, 'utf8').split('\n');
}

describe('a command that only prints', () => {
  it.each([['--version'], ['--help'], ['run --help'], ['train --help'], ['complete -- ta']])(
    'loads the declarations of the commands, but not their actions: %s',
    async (words) => {
      const modules = await modulesOf(words.split(' '));
      const packages = new Set(modules.flatMap((path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? []));
      expect([...packages].filter((name) => !['commander', '@bomb.sh'].includes(name))).toEqual([]);
      expect(modules.filter((path) => path.includes('/cli/actions/'))).toEqual([]);
      expect(modules.length).toBeLessThan(100);
    },
  );
});
