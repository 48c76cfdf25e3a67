// The plain Python consumer that stream-infer is compared with: its virtual environment, its model and its runs.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, '..', '..', 'dist');
const require = createRequire(import.meta.url);
const run = promisify(execFile);

export const PEER_TOPICS = { input: 'peer-images', output: 'peer-predictions' };
const THREADS = 2;
const TIMEOUT_MS = 600_000;

/** @returns {Promise<(task: { count: number, batch: number, precision: string }) => Promise<number>>} images/s of one run */
export async function createPeer(servers, folder) {
  const python = virtualEnvironment();
  const models = new Map();
  return async ({ count, batch, precision }) => {
    if (!models.has(precision)) models.set(precision, await exportModel(folder, precision));
    const { input, output } = PEER_TOPICS;
    const args = [servers, input, output, count, models.get(precision), batch, THREADS].map(String);
    const { stdout } = await run(python, [join(HERE, 'peer.py'), ...args], { timeout: TIMEOUT_MS });
    return JSON.parse(stdout).imagesPerSecond;
  };
}

/** The very graph that stream-infer executes. */
async function exportModel(folder, precision) {
  const { readModelFiles, resolveModelDir } = require(join(DIST, 'inference', 'model-files', 'index.js'));
  const { compileToInt8, compileToOnnx } = require(join(DIST, 'inference', 'onnx', 'compile.js'));
  const files = await readModelFiles(await resolveModelDir('fashion-mnist@1'));
  const file = join(folder, `model-${precision}.onnx`);
  writeFileSync(file, precision === 'int8' ? compileToInt8(files, files.int8) : compileToOnnx(files));
  return file;
}

function virtualEnvironment() {
  const folder = join(homedir(), '.cache', 'stream-infer-bench');
  const marker = join(folder, 'requirements.txt');
  const requirements = readFileSync(join(HERE, 'requirements.txt'));
  if (!existsSync(marker) || !readFileSync(marker).equals(requirements)) {
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const pip = ['install', '-q', '-r', join(HERE, 'requirements.txt')];
    execFileSync(join(folder, 'bin', 'pip'), pip, { stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(marker, requirements);
  }
  return join(folder, 'bin', 'python');
}
