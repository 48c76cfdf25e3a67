// Installs the tarball in empty folders, with and without install scripts, and runs it on several versions of Node.
//
//   node scripts/release/smoke.mjs [tarball] [--node 20,22,24] [--scripts blocked|allowed|both]
//                                  [--kafka <bootstrap servers>] [--kafka-node 24]
//
// With --kafka it repairs the Kafka client with doctor's remedy for each version in --kafka-node, and classifies through that broker.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAndPack, copyCheckout, ROOT } from './copy.mjs';
import { nodeBinary } from './node-binary.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: '20,22,24' },
    scripts: { type: 'string', default: 'both' },
    kafka: { type: 'string' },
    'kafka-node': { type: 'string', default: '20,22,24' },
  },
});
const versions = values.node.split(',');
const kafkaVersions = values.kafka === undefined ? [] : values['kafka-node'].split(',');
const ways = values.scripts === 'both' ? ['blocked', 'allowed'] : [values.scripts];
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-smoke-'));
const IMAGES = 50;
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
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...flags, tarball];
  check(`scripts ${way}: npm install`, run('npm', install, home));
  for (const version of versions) smokeOn(version, way, home);
  if (kafkaVersions.length > 0)
    for (const version of versions.filter((other) => !kafkaVersions.includes(other)))
      detectsOtherNode(version, way, home);
  const bin = join(home, 'node_modules', '.bin', 'stream-infer');
  check(`scripts ${way}: by name`, run(bin, ['--version'], home), /^\d+\.\d+\.\d+/);
  const npx = run('npx', ['--yes', ...flags, `--package=${tarball}`, 'stream-infer', '--version'], folder);
  check(`scripts ${way}: npx`, npx, /^\d+\.\d+\.\d+/m);
}

function smokeOn(version, way, home) {
  const node = nodeBinary(version);
  const installed = join(home, 'node_modules', 'stream-infer');
  const name = `scripts ${way}, Node ${version}`;
  // First in PATH, so that npm and its child processes use it too.
  const env = { PATH: [dirname(node), process.env.PATH].join(delimiter) };
  const program = (...args) => run(node, [join(installed, 'dist', 'cli', 'main.js'), ...args], home, env);
  check(`${name}: --version`, program('--version'), /^\d+\.\d+\.\d+/);
  check(`${name}: models verify`, program('models', 'verify', '--json'));
  const limited = ['run', '--no-http', '--limit', String(IMAGES), '--print', '--json'];
  check(`${name}: ${IMAGES} predictions`, program(...limited, '--rate', '200'), predictions);
  if (!kafkaVersions.includes(version)) return;
  const broker = ['--broker', 'kafka', '--bootstrap-servers', values.kafka];
  const topics = [
    '--input-topic',
    `images-${way}-${version}`,
    '--output-topic',
    `predictions-${way}-${version}`,
  ];
  check(`${name}: Kafka client repaired with doctor's remedy`, repair(program(...doctor(broker)), home, env));
  check(`${name}: topics`, program('topics', 'create', ...broker, ...topics));
  check(
    `${name}: doctor reports no problem with Kafka`,
    program(...doctor([...broker, ...topics])),
    kafkaLoads,
  );
  check(
    `${name}: publish to Kafka`,
    program('publish', ...broker, ...topics.slice(0, 2), '--end', String(IMAGES)),
  );
  check(
    `${name}: ${IMAGES} predictions through Kafka`,
    program(...limited, ...broker, ...topics),
    predictions,
  );
}

/** The client was built for another version; doctor has to report that and the same remedy. */
function detectsOtherNode(version, way, home) {
  const main = join(home, 'node_modules', 'stream-infer', 'dist', 'cli', 'main.js');
  const result = run(nodeBinary(version), [main, ...doctor(['--broker', 'kafka'])], home);
  const found = (stdout) =>
    JSON.parse(stdout).some(
      ({ name, detail, remedy }) =>
        name === 'kafka' && /built for another Node version/.test(detail) && /--only kafka$/.test(remedy),
    );
  check(`scripts ${way}, Node ${version}: doctor reports a client for another Node`, result, found, 5);
}

function doctor(broker) {
  return ['doctor', ...broker, '--no-http', '--json'];
}

/** Runs the remedy of the check `kafka`, if any, in a shell, as a user would. */
function repair({ stdout }, home, env) {
  const found = JSON.parse(stdout).find(({ name }) => name === 'kafka');
  if (found.state === 'ok') return { status: 0, stdout: '', stderr: '' };
  console.log(`       ${found.detail}\n       ${found.remedy}`);
  return run('sh', ['-c', found.remedy], home, env);
}

function kafkaLoads(stdout) {
  return JSON.parse(stdout).some(({ name, state }) => name === 'kafka' && state === 'ok');
}

function predictions(stdout) {
  return stdout.split('\n').filter((line) => line.includes('"className"')).length === IMAGES;
}

function run(command, args, cwd, more = {}) {
  // A separate home, without this checkout's models and earlier stores.
  const env = { ...process.env, XDG_DATA_HOME: join(folder, 'data'), NO_COLOR: '1', ...more };
  return spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 1_200_000, maxBuffer: 1 << 26 });
}

function check(name, { status, stdout, stderr }, wanted = /^/, code = 0) {
  const fits = typeof wanted === 'function' ? wanted : (text) => wanted.test(text);
  const fine = status === code && fits(stdout);
  console.log(`${fine ? 'ok    ' : 'FAILED'} ${name}`);
  if (fine) return;
  failed++;
  console.log(`exit code ${status}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
}
