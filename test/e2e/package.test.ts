/** The package as users install it: its files, types and entry points. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const MODULES = join(ROOT, 'node_modules');
const CONSUMER = join(ROOT, 'test', 'helpers', 'consumer-project', 'consumer.ts');
jest.setTimeout(600_000);

interface Packed {
  readonly path: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

/** The files allowed in the package by folder. */
const ALLOWED = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^dist\/.+\.(js|d\.ts)$/,
  /^dist\/(dashboard|api-docs)\/[\w.-]+\.(html|css|js|svg|txt)$/,
  /^dist\/api-docs\/(LICENSE|NOTICE)$/,
  /^dist\/bench\/crayfish\/(MODEL_CARD\.md|weights\.bin|\w+\.json)$/,
  /^dist\/dataset\/samples\/(LICENSE|fashion-mnist-256\.(png|json))$/,
  /^dist\/\.build-marker$/,
  /^models\/[\w-]+\/\d+\/[\w.-]+$/,
  /^config\/[\w./-]+(\.(yaml|json)|\/Dockerfile)$/,
  /^schema\/[\w.-]+\.(json|proto|avsc)$/,
  /^scripts\/setup(\.mjs|\/[\w-]+\.(mjs|py))$/,
];

/** The required files. */
const NEEDED = [
  'LICENSE',
  'README.md',
  'dist/cli/main.js',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/client/index.d.ts',
  'dist/testing/index.d.ts',
  'dist/inference/worker.js',
  'dist/results/store/sqlite/thread.js',
  'dist/results/store/postgres/thread.js',
  'dist/dashboard/index.html',
  'dist/dashboard/LICENSES.txt',
  'dist/dataset/samples/fashion-mnist-256.png',
  'models/fashion-mnist/1/model.json',
  'models/fashion-mnist/2/model.json',
  'schema/prediction.v1.json',
  'schema/prediction.v2.json',
  'schema/prediction.avsc',
  'schema/prediction.proto',
  'schema/event.v1.json',
  'schema/alert.v1.json',
  'schema/label.v1.json',
  'schema/open-inference.proto',
  'config/compose.yaml',
  'config/grafana/stream-infer.json',
  'config/kubernetes/base/stateful-set.yaml',
  'config/stream-infer.example.yaml',
];

let folder: string;
let packed: Packed;

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
  // From a copy, because other tests run the program of this folder meanwhile.
  packed = JSON.parse(run(process.execPath, ['scripts/release/pack.mjs', folder], ROOT)) as Packed;
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A project with the unpacked package and, as links, the packages that this repository has installed. */
function createProject(type: 'commonjs' | 'module'): string {
  const project = join(folder, type);
  const installed = join(project, 'node_modules', 'stream-infer');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', packed.path, '--strip-components=1', '-C', installed], folder);
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
    expect(run('npx', ['--no-install', 'publint', packed.path, '--strict'], ROOT)).toMatch(/All good/i);
  });

  it('has types that resolve wherever its code resolves', () => {
    // These schemas are files to read, not modules.
    const schemas = ['prediction.avsc', 'prediction.proto', 'open-inference.proto'];
    const without = ['--exclude-entrypoints', ...schemas.map((name) => `schema/${name}`)];
    run('npx', ['--no-install', 'attw', packed.path, '--profile', 'node16', '--no-emoji', ...without], ROOT);
  });

  it('has a reference that includes every mentioned type', () => {
    run('npx', ['--no-install', 'typedoc', '--emit', 'none'], ROOT);
  });

  it('is smaller than 5 MB', () => {
    expect(packed.size).toBeLessThan(5_000_000);
  });

  it('has all required files', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(NEEDED.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('has nothing else: no tests, no sources, no caches, no secrets', () => {
    const others = packed.files.filter(({ path }) => !ALLOWED.some((pattern) => pattern.test(path)));
    expect(others).toEqual([]);
  });

  it('has a program that can be run', () => {
    const main = packed.files.find(({ path }) => path === 'dist/cli/main.js');
    expect((main?.mode ?? 0) & 0o111).toBe(0o111);
  });
});
