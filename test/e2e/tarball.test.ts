import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(300_000);

interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

const ROOT = join(__dirname, '../..');

/** The files allowed in the package by folder. */
const ALLOWED = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^dist\/.+\.(js|d\.ts|js\.map)$/,
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

describe('the npm tarball', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const [packed] = JSON.parse(output) as [Packed];
  const paths = packed.files.map(({ path }) => path);

  it('is smaller than 5 MB', () => {
    expect(packed.size).toBeLessThan(5_000_000);
  });

  it('has all required files', () => {
    expect(NEEDED.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('has nothing else: no tests, no sources, no caches, no secrets', () => {
    expect(paths.filter((path) => !ALLOWED.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  it('has a program that can be run', () => {
    const main = packed.files.find(({ path }) => path === 'dist/cli/main.js');
    expect((main?.mode ?? 0) & 0o111).toBe(0o111);
  });
});
