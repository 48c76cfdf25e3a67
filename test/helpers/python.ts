/** Third-party clients, to test interoperability. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../src/core/errors';
import { describeWith, findPart, requirePart, type Part } from './parts';

const SCRIPTS = join(__dirname, 'python');
const CACHE = process.env['STREAM_INFER_TEST_CACHE'] ?? join(homedir(), '.cache', 'stream-infer-test');

/** Counts of a reader of predictions. */
export interface Counted {
  readonly messages: number;
  readonly distinct: number;
  readonly correct: number;
}

/** Separate environments for broker clients, HTTP clients, linters and models: a suite installs only its own. */
export type Requirements =
  | 'requirements.txt'
  | 'requirements-http.txt'
  | 'requirements-deployment.txt'
  | 'requirements-models.txt'
  | 'requirements-notebook.txt'
  | 'requirements-stores.txt'
  | 'requirements-schema.txt'
  | 'requirements-chaos.txt';

/** Runs a script in ./python, or one with an absolute path; resolves with its output. */
export async function python(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  requirements: Requirements = 'requirements.txt',
): Promise<string> {
  const program = join(virtualEnvironment(requirements), 'bin', 'python');
  const { stdout } = await promisify(execFile)(program, [resolve(SCRIPTS, script), ...args], {
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

/**
 * `describe` for a suite that needs Python packages. Where they cannot be had (no network, say) it is skipped under a
 * name that says so; with CI=true that is a failure.
 */
export function describeWithPackages(
  requirements: Requirements,
  parts: readonly Part[],
  name: string,
  body: () => void,
): void {
  const missing = findPart('python') === undefined ? undefined : problemWith(requirements);
  if (missing === undefined) return describeWith(['python', ...parts], name, body);
  if (process.env['CI'] === 'true')
    throw new Error(`"${name}" needs Python packages that cannot be had: ${missing}`);
  describe.skip(`${name} [skipped, missing: the packages of ${requirements}]`, body);
}

function problemWith(requirements: Requirements): string | undefined {
  try {
    virtualEnvironment(requirements);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Created once per list of requirements; suites that run at the same time create one each, and the first one stays. */
export function virtualEnvironment(list: Requirements): string {
  const requirements = join(SCRIPTS, list);
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const environment = join(CACHE, `venv-${hash}`);
  if (existsSync(environment)) return environment;
  mkdirSync(CACHE, { recursive: true });
  // Programs of an environment contain its path, so that it cannot be renamed: a link names the finished one.
  const folder = mkdtempSync(`${environment}-`);
  execFileSync(requirePart('python'), ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(join(folder, 'bin', 'pip'), ['install', '-q', '-r', requirements], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    symlinkSync(folder, environment);
  } catch {
    // Another suite was first.
    rmSync(folder, { recursive: true, force: true });
  }
  return environment;
}
