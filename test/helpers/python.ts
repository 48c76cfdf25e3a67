/** Clients of other makers, to show that what this program reads and writes is what everybody reads and writes. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requirePart } from './parts';

const SCRIPTS = join(__dirname, 'python');
const CACHE = process.env['STREAM_INFER_TEST_CACHE'] ?? join(homedir(), '.cache', 'stream-infer-test');

/** What a reader of predictions counted. */
export interface Counted {
  readonly messages: number;
  readonly distinct: number;
  readonly correct: number;
}

/** Runs one of the scripts beside this file; resolves with what it printed. */
export async function python(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const program = join(virtualEnvironment(), 'bin', 'python');
  const { stdout } = await promisify(execFile)(program, [join(SCRIPTS, script), ...args], {
    env: { ...process.env, ...env },
    timeout: 280_000,
    maxBuffer: 1 << 26,
  });
  return stdout;
}

export async function counted(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Counted> {
  return JSON.parse(await python(script, args, env)) as Counted;
}

/** Made once for each list of requirements. */
function virtualEnvironment(): string {
  const requirements = join(SCRIPTS, 'requirements.txt');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(CACHE, `python-${hash}`);
  const marker = join(folder, 'complete');
  if (existsSync(marker)) return folder;
  mkdirSync(CACHE, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  execFileSync(requirePart('python'), ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(join(folder, 'bin', 'pip'), ['install', '-q', '-r', requirements], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  mkdirSync(`${marker}.draft`);
  renameSync(`${marker}.draft`, marker);
  return folder;
}
