/**
 * External programs and packages that some suites need. Without them a suite is skipped with a name that says
 * so; with CI=true it fails.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export type Part =
  | 'java'
  | 'maven'
  | 'go'
  | 'python'
  | 'chromium'
  | 'dataset'
  | 'kafka-addon'
  | 'spin'
  | 'tfjs-node'
  | 'node-22'
  | 'node-24'
  | 'node-26'
  | 'knip'
  | 'postgres';

/** The location of a part: a program or the folder of a package. */
type Finder = () => string | undefined;

const DATASET = '/usr/share/datasets/fashion-mnist';

const FINDERS: Record<Part, { find: Finder; remedy: string }> = {
  java: {
    find: () => firstExecutable(fromHome('JAVA_HOME', 'bin/java'), onPath('java')),
    remedy: 'apt-get install openjdk-17-jdk-headless',
  },
  maven: { find: () => firstExecutable(onPath('mvn')), remedy: 'apt-get install maven' },
  go: {
    find: () => firstExecutable(onPath('go'), '/usr/local/go/bin/go'),
    remedy: 'install Go 1.24 or later (https://go.dev/dl)',
  },
  python: {
    find: () => firstExecutable(onPath('python3')),
    remedy: 'apt-get install python3 python3-venv',
  },
  dataset: {
    find: () => (existsSync(DATASET) ? DATASET : undefined),
    remedy: 'apt-get install dataset-fashion-mnist',
  },
  chromium: {
    find: () => firstExecutable(process.env['CHROMIUM'], onPath('chromium'), '/usr/bin/chromium'),
    remedy: 'apt-get install chromium',
  },
  spin: { find: () => firstExecutable(onPath('spin')), remedy: 'apt-get install spin gcc' },
  'kafka-addon': { find: findKafkaAddon, remedy: 'node scripts/setup.mjs' },
  'tfjs-node': { find: findTfjsNode, remedy: 'node scripts/setup.mjs' },
  'node-22': { find: () => findNode('22'), remedy: 'node scripts/release/node-binary.mjs 22' },
  'node-24': { find: () => findNode('24'), remedy: 'node scripts/release/node-binary.mjs 24' },
  'node-26': { find: () => findNode('26'), remedy: 'node scripts/release/node-binary.mjs 26' },
  postgres: { find: findPostgres, remedy: 'apt-get install postgresql' },
  knip: { find: findKnip, remedy: 'npm run knip -- --version' },
};

const found = new Map<Part, string | undefined>();

/** The program or folder of a part, undefined if missing. Searched once. */
export function findPart(part: Part): string | undefined {
  if (!found.has(part)) found.set(part, FINDERS[part].find());
  return found.get(part);
}

/** Like `findPart`, but throws an error with the remedy if it is missing. */
export function requirePart(part: Part): string {
  const where = findPart(part);
  if (where === undefined) throw new Error(`${part} is missing here; remedy: ${FINDERS[part].remedy}`);
  return where;
}

/** `describe` for a suite that needs parts of the machine. */
export function describeWith(parts: readonly Part[], name: string, body: () => void): void {
  const missing = parts.filter((part) => findPart(part) === undefined);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const remedies = missing.map((part) => `${part} (${FINDERS[part].remedy})`).join(', ');
  if (process.env['CI'] === 'true') throw new Error(`"${name}" needs what is missing here: ${remedies}`);
  describe.skip(`${name} [skipped, missing: ${missing.join(', ')}]`, body);
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function fromHome(variable: string, program: string): string | undefined {
  const home = process.env[variable];
  return home === undefined || home === '' ? undefined : join(home, program);
}

function firstExecutable(...candidates: (string | undefined)[]): string | undefined {
  return candidates.find((candidate) => candidate !== undefined && isExecutable(candidate));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The folder of the server's programs; Debian keeps them off the PATH, by version. */
function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(root, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find(
    (folder) => isExecutable(join(folder, 'initdb')) && isExecutable(join(folder, 'postgres')),
  );
}

/** In a child process, because an incompatible add-on could crash the test runner. */
function findKafkaAddon(): string | undefined {
  const folder = packageFolder('@confluentinc/kafka-javascript');
  if (folder === undefined) return undefined;
  const script = `require(${JSON.stringify(folder)}).features`;
  const { status } = spawnSync(process.execPath, ['-e', script], { stdio: 'ignore', timeout: 20_000 });
  return status === 0 ? folder : undefined;
}

/** Downloaded once per machine from the npm registry. */
function findNode(version: string): string | undefined {
  const script = join(__dirname, '..', '..', 'scripts', 'release', 'node-binary.mjs');
  const { status, stdout } = spawnSync(process.execPath, [script, version], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Kept by npx; not a dependency, since the lock file would name its parts for all systems, which not every registry has. */
function findKnip(): string | undefined {
  const options = { cwd: join(__dirname, '..', '..'), stdio: 'ignore', timeout: 300_000 } as const;
  const { status } = spawnSync('npm', ['run', '--silent', 'knip', '--', '--version'], options);
  return status === 0 ? 'knip' : undefined;
}

function findTfjsNode(): string | undefined {
  const folder = packageFolder('@tensorflow/tfjs-node');
  if (folder === undefined) return undefined;
  const binary = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  return existsSync(binary) ? folder : undefined;
}
