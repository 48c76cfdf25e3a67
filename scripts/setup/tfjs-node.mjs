import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { DOWNLOAD_MS } from './download.mjs';
import { nodePreGyp } from './node-pre-gyp.mjs';
import { npmEnvironment } from './npm.mjs';
import { BUILD_TOOLS, findPip, headersEnvironment } from './toolchain.mjs';

const MINUTES = 60_000;
/** The newest TensorFlow whose C API this add-on still compiles against, as a Python package. */
const WHEEL = 'tensorflow-cpu==2.15.1';
const WHEEL_SHA256 = '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26';
const WHEEL_TAGS =
  '--python-version 3.11 --platform manylinux_2_17_x86_64 --implementation cp --abi cp311'.split(' ');
/** The names under which the add-on is linked and loaded. */
const LIBRARY_NAMES = {
  'libtensorflow_cc.so.2': ['libtensorflow.so', 'libtensorflow.so.2.9.1'],
  'libtensorflow_framework.so.2': ['libtensorflow_framework.so', 'libtensorflow_framework.so.2.9.1'],
};

export const tfjsNode = {
  title: 'tfjs-node',
  usualSeconds: 40,
  package: '@tensorflow/tfjs-node',
  folders: ['lib', 'deps'],
  check: 'loaded.tensor([1, 2]).sum().dataSync()[0] === 3',
  off: { name: 'tfjs-node', instead: 'the slower tfjs-wasm runtime is used, and training is off' },
  tools: [...BUILD_TOOLS, 'pip'],

  /** The package's script rewrites its own package.json and, when it fails, leaves it so. */
  async download(packageDir, log) {
    const manifest = join(packageDir, 'package.json');
    copyFileSync(manifest, `${manifest}.original`);
    try {
      const env = npmEnvironment({ ...headersEnvironment(), PATH: withBinaries(packageDir) });
      const options = { cwd: packageDir, env, log, timeoutMs: DOWNLOAD_MS };
      return await run(process.execPath, ['scripts/install.js'], options);
    } finally {
      copyFileSync(`${manifest}.original`, manifest);
      rmSync(`${manifest}.original`);
    }
  },

  /** The same library out of the Python package index, and the add-on compiled against it. */
  async repair(packageDir, log) {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      return { ok: false, tail: `no TensorFlow library for ${process.platform} ${process.arch}` };
    }
    const wheel = join(packageDir, '.wheel');
    for (const folder of [wheel, join(packageDir, 'deps')]) rmSync(folder, { recursive: true, force: true });
    mkdirSync(wheel);
    try {
      const fetched = await fetchWheel(wheel, packageDir, log);
      if (!fetched.ok) return fetched;
      linkLibraries(join(packageDir, 'deps', 'lib'));
      const options = { log, timeoutMs: 10 * MINUTES };
      return await nodePreGyp(packageDir, ['install', '--build-from-source'], options);
    } finally {
      rmSync(wheel, { recursive: true, force: true });
    }
  },
};

async function fetchWheel(folder, packageDir, log) {
  writeFileSync(join(folder, 'wanted.txt'), `${WHEEL} --hash=sha256:${WHEEL_SHA256}\n`);
  const [program, ...pip] = await findPip();
  const args = [...pip, 'download', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir'];
  const fetched = await run(program, [...args, '--retries=2', ...WHEEL_TAGS, '-r', 'wanted.txt'], {
    cwd: folder,
    log,
    timeoutMs: 15 * MINUTES,
  });
  if (!fetched.ok) return fetched;
  const script = join(dirname(fileURLToPath(import.meta.url)), 'unpack_wheel.py');
  return run('python3', [script, folder, join(packageDir, 'deps')], { log, timeoutMs: 5 * MINUTES });
}

function linkLibraries(folder) {
  for (const [library, names] of Object.entries(LIBRARY_NAMES)) {
    for (const name of names) symlinkSync(library, join(folder, name));
  }
}

/** The script calls `node-pre-gyp` by name, as npm would let it. */
function withBinaries(packageDir) {
  const own = join(packageDir, 'node_modules', '.bin');
  const shared = join(dirname(dirname(packageDir)), '.bin');
  return [own, shared, process.env.PATH].join(process.platform === 'win32' ? ';' : ':');
}
