import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Most of the tests start Node several times. */
jest.setTimeout(60_000);

const SETUP = join(__dirname, '..', '..', 'scripts', 'setup');

interface Prepared {
  readonly how?: string;
  readonly lacks?: readonly { readonly name: string; readonly missing: readonly string[] }[];
}

let folder: string;

/** A checkout with one package, whose binary is a list of features, and a compiler that finds the headers or does not. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stream-infer-native-'));
  cpSync(SETUP, join(folder, 'scripts', 'setup'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  mkdirSync(join(folder, 'node_modules', 'part', 'build'), { recursive: true });
  // The discard port: nobody has prebuilt binaries there.
  const manifest = { name: 'part', version: '1.0.0', binary: { host: 'http://127.0.0.1:9' } };
  writeFileSync(join(folder, 'node_modules', 'part', 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(folder, 'node_modules', 'part', 'index.js'),
    "exports.features = require('fs').readFileSync(__dirname + '/build/part.node', 'utf8').split(' ');",
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const binary = () => join(folder, 'node_modules', 'part', 'build', 'part.node');

function haveHeaders(there: boolean): void {
  writeFileSync(join(folder, 'compiler'), `#!/bin/sh\nexit ${there ? 0 : 1}\n`);
  chmodSync(join(folder, 'compiler'), 0o755);
}

/** @param build what a build makes; undefined where it fails */
async function prepare(build: string | undefined): Promise<Prepared> {
  const code = `
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { prepareNative } from './scripts/setup/native.mjs';
    const build = ${JSON.stringify(build ?? null)};
    const part = {
      title: 'Part', package: 'part', folders: ['build'], tools: [],
      check: "loaded.features.includes('ssl')",
      extras: [{ name: 'zstd', check: "loaded.features.includes('zstd')", tool: 'the zstd headers', without: '' }],
      download: () => ({ ok: false }),
      repair: (dir) => {
        if (build === null) return { ok: false, tail: 'it broke' };
        mkdirSync(dir + '/build', { recursive: true });
        writeFileSync(dir + '/build/part.node', build);
        return { ok: true };
      },
    };
    console.log(JSON.stringify(await prepareNative(part, () => undefined)));`;
  const env = {
    ...process.env,
    XDG_CACHE_HOME: join(folder, 'cache'),
    CXX: 'compiler',
    PATH: [folder, process.env['PATH']].join(delimiter),
    HTTPS_PROXY: '',
    https_proxy: '',
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    env,
  });
  return JSON.parse(stdout) as Prepared;
}

describe('a native part that was built without an extra', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'cache', 'stream-infer', 'native'), { recursive: true });
    writeFileSync(binary(), 'ssl');
  });

  test('stays as it is where a build could not have it either, and the missing tool is named', async () => {
    haveHeaders(false);
    expect(await prepare('ssl zstd')).toMatchObject({
      how: 'ready',
      lacks: [{ name: 'zstd', missing: ['the zstd headers'] }],
    });
    expect(readFileSync(binary(), 'utf8')).toBe('ssl');
  });

  test('is built again once the headers are there, also when an older build lies in the cache', async () => {
    haveHeaders(false);
    await prepare(undefined);
    haveHeaders(true);
    expect(await prepare('ssl zstd')).toEqual({ how: 'built', lacks: [] });
    rmSync(binary());
    expect(await prepare(undefined)).toEqual({ how: 'from the cache', lacks: [] });
    expect(readFileSync(binary(), 'utf8')).toBe('ssl zstd');
  });

  test('works as before when that build fails', async () => {
    haveHeaders(true);
    expect(await prepare(undefined)).toMatchObject({ how: 'ready', lacks: [{ name: 'zstd', missing: [] }] });
    expect(readFileSync(binary(), 'utf8')).toBe('ssl');
  });
});
