import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Locked {
  readonly packages: Readonly<
    Record<
      string,
      { readonly integrity?: string; readonly hasInstallScript?: boolean; readonly dev?: boolean }
    >
  >;
}

/** Production packages with an install script. Set-up runs those of the first two only, after it has fetched them. */
const WITH_SCRIPT = [
  '@confluentinc/kafka-javascript',
  '@tensorflow/tfjs-node',
  'core-js',
  'onnxruntime-node',
  'protobufjs',
];

describe('the dependencies', () => {
  const packages = Object.entries((JSON.parse(textOf('package-lock.json')) as Locked).packages);

  it('all have a checksum in the lock file', () => {
    const without = packages.filter(([path, { integrity }]) => path !== '' && integrity === undefined);
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('run no install script that is not known', () => {
    const scripted = packages
      .filter(([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect([...new Set(scripted)].sort()).toEqual(WITH_SCRIPT);
    expect(textOf('.npmrc')).toMatch(/^ignore-scripts=true$/m);
  });
});

describe('the workflows', () => {
  const folder = join(ROOT, '.github/workflows');

  it('use actions by commit, and have read access only', () => {
    for (const name of readdirSync(folder)) {
      const workflow = readFileSync(join(folder, name), 'utf8');
      const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action);
      expect(uses.length).toBeGreaterThan(0);
      for (const action of uses) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      expect(workflow).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    }
  });
});

describe('the threat model', () => {
  it('names tests that exist, at least one for each threat', () => {
    const rows = textOf('SECURITY.md').match(/^\| (?!who|---).*$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(8);
    for (const row of rows) {
      const tests = [...row.matchAll(/`((?:[\w-]+\/)+[\w.-]+)`/g)].map(([, name]) => `test/${name}.test.ts`);
      expect({ row, tests: tests.length > 0 }).toEqual({ row, tests: true });
      expect(tests.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    }
  });
});
