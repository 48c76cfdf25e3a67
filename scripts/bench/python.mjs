// The peers in Python: creates their virtual environments once.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** @returns {((task: object) => { command: string, args: string[] }) | undefined} */
export function createPython() {
  if (spawnSync('python3', ['--version']).status !== 0) {
    console.error('Python peer skipped: python3 is needed; remedy: apt-get install python3 python3-venv');
    return undefined;
  }
  const command = virtualEnvironment();
  return ({ servers, input, output, count, model, batch, threads }) => ({
    command,
    args: [join(HERE, 'peer.py'), servers, input, output, count, model, batch, threads].map(String),
  });
}

/**
 * @param {string} [name] of the requirements: `requirements-<name>.txt`; those of the stream's peer if absent
 * @returns {string} the interpreter
 */
export function virtualEnvironment(name) {
  const suffix = name === undefined ? '' : `-${name}`;
  const folder = join(homedir(), '.cache', `stream-infer-bench${suffix}`);
  const marker = join(folder, 'requirements.txt');
  const wanted = join(HERE, `requirements${suffix}.txt`);
  const requirements = readFileSync(wanted);
  if (!existsSync(marker) || !readFileSync(marker).equals(requirements)) {
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const pip = ['install', '-q', '-r', wanted];
    execFileSync(join(folder, 'bin', 'pip'), pip, { stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(marker, requirements);
  }
  return join(folder, 'bin', 'python');
}
