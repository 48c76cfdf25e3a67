import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '../..');

interface Locked {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly license?: string; readonly version?: string }>
  >;
}

describe('the licences of what is installed with the package', () => {
  it('let everybody use it', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Locked;
    const { shipped, refused } = licencesOf(packages);
    expect(shipped).toBeGreaterThan(100);
    expect(refused).toEqual([]);
  });

  it('are distinguished from licences with obligations', () => {
    const { shipped, refused } = licencesOf({
      '': { license: 'MIT' },
      'node_modules/a': { license: 'MIT' },
      'node_modules/b': { license: '(MIT OR GPL-3.0)' },
      'node_modules/c': { license: 'MIT AND GPL-3.0' },
      'node_modules/d': {},
      'node_modules/e': { license: 'GPL-3.0', dev: true },
    });
    expect(shipped).toBe(4);
    expect(refused).toEqual(['node_modules/c: MIT AND GPL-3.0', 'node_modules/d: none']);
  });
});

/** As `node scripts/release/audit.mjs` finds them. */
function licencesOf(packages: Locked['packages']): { shipped: number; refused: string[] } {
  const script = pathToFileURL(join(ROOT, 'scripts', 'release', 'licences.mjs')).href;
  const code = `import { readFileSync } from 'node:fs';
    import { licencesOf } from '${script}';
    const { shipped, refused } = licencesOf(JSON.parse(readFileSync(0, 'utf8')));
    console.log(JSON.stringify({ shipped: shipped.length, refused }));`;
  const args = ['--input-type=module', '-e', code];
  const input = JSON.stringify(packages);
  return JSON.parse(execFileSync(process.execPath, args, { input, encoding: 'utf8' })) as ReturnType<
    typeof licencesOf
  >;
}

describe('the licences of what is part of the package', () => {
  it('are next to the page and the API description that contain the code', () => {
    const page = readFileSync(join(ROOT, 'dist/dashboard/LICENSES.txt'), 'utf8');
    for (const name of ['preact', '@preact/signals']) expect(page).toContain(`== ${name} `);
    expect(page).toContain('Copyright');
    expect(readFileSync(join(ROOT, 'dist/api-docs/LICENSE'), 'utf8')).toContain('Apache License');
    expect(readFileSync(join(ROOT, 'dist/dataset/samples/LICENSE'), 'utf8')).toContain('Zalando');
  });
});
