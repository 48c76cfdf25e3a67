import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Cli, until, type Finished } from '../helpers/cli';

jest.setTimeout(60_000);

const COUNTER = resolve(__dirname, '../fixtures/count-modules.cjs');

/** The modules that a command loads until it ends. */
async function modulesOf(
  args: readonly string[],
  ended = (command: Cli): Promise<Finished> => command.finished,
): Promise<string[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'stream-infer-modules-')), 'modules');
  const { code } = await ended(new Cli(args, { NODE_OPTIONS: `--require ${COUNTER}`, MODULES_FILE: file }));
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

describe('a stream with the default settings', () => {
  // Some are a small part of what they belong to: what is declared, or says that it is off.
  const OFF =
    /\/dist\/(?:push|grpc|requests|result-cache|references|several-models|schema-registry)\/|\/dist\/brokers\/(?:kafka|pubsub)\/broker|\/results\/store\/postgres\//;
  const PACKAGES =
    /\/node_modules\/(?:pako|yaml|pino-pretty|undici|pg|protobufjs|better-sse|google-auth-library|@grpc|@google-cloud|@aws-sdk|@azure|@opentelemetry\/sdk)/;

  it('loads nothing of what is off', async () => {
    const modules = await modulesOf(['run', '--broker', 'memory', '--port', '0'], async (command) => {
      await until(
        () => command.url !== '',
        60_000,
        () => command.stderr,
      );
      await command.ready();
      return await command.stop();
    });
    expect(modules.length).toBeGreaterThan(500);
    expect(modules.filter((path) => OFF.test(path) || PACKAGES.test(path))).toEqual([]);
  });
});
