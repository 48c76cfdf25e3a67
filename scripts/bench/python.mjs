// The peer in Python: creates its virtual environment once and returns its command.
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
