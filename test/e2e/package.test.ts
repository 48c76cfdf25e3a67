/** The package as users install it: its files, types and entry points. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const MODULES = join(ROOT, 'node_modules');
const CONSUMER = join(ROOT, 'test', 'helpers', 'consumer-project', 'consumer.ts');
jest.setTimeout(600_000);

let folder: string;
let tarball: string;

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stream-infer-package-'));
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT),
  ) as { filename: string }[];
  tarball = join(folder, packed?.filename ?? '');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A project with the unpacked package and, as links, the packages that this repository has installed. */
function createProject(type: 'commonjs' | 'module'): string {
  const project = join(folder, type);
  const installed = join(project, 'node_modules', 'stream-infer');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed], folder);
  for (const name of readdirSync(MODULES).filter((entry) => !entry.startsWith('.')))
    symlinkSync(join(MODULES, name), join(project, 'node_modules', name));
  cpSync(CONSUMER, join(project, 'consumer.ts'));
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    outDir: 'out',
    rootDir: '.',
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', type, private: true }));
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  return project;
}

describe('the package', () => {
  it.each(['commonjs', 'module'] as const)('is used from a TypeScript project of type %s', (type) => {
    const project = createProject(type);
    run(process.execPath, [join(MODULES, 'typescript', 'bin', 'tsc'), '-p', '.'], project);
    expect(run(process.execPath, ['out/consumer.js'], project)).toBe('Sneaker, NOT_AN_IMAGE\n');
  });

  it('has entry points without publint findings', () => {
    expect(run('npx', ['--no-install', 'publint', tarball, '--strict'], ROOT)).toMatch(/All good/i);
  });

  it('has types that resolve wherever its code resolves', () => {
    // These schemas are files to read, not modules.
    const schemas = ['prediction.avsc', 'prediction.proto', 'open-inference.proto'];
    const without = ['--exclude-entrypoints', ...schemas.map((name) => `schema/${name}`)];
    run('npx', ['--no-install', 'attw', tarball, '--profile', 'node16', '--no-emoji', ...without], ROOT);
  });

  it('has a reference that includes every mentioned type', () => {
    run('npx', ['--no-install', 'typedoc', '--emit', 'none'], ROOT);
  });

  it('contains the required files and nothing else', () => {
    const files = run('tar', ['-tzf', tarball], folder).trim().split('\n');
    expect(files).toContain('package/dist/index.d.ts');
    expect(files).toContain('package/dist/testing/index.d.ts');
    expect(files.filter((file) => /package\/(src|test|examples|node_modules)\//.test(file))).toEqual([]);
  });
});
