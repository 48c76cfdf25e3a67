import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

interface Locked {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly license?: string; readonly version?: string }>
  >;
}

/** They ask for no more than to be named, and bind nobody who uses stream-infer. */
const FINE = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'Zlib',
  'Python-2.0',
]);

/** `(MIT OR X)` is fine if one side is; `MIT AND X` if both are. */
function isFine(licence: string): boolean {
  const text = licence.replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some(isFine);
  return text.split(' AND ').every((part) => FINE.has(part));
}

describe('the licences of what is installed with the package', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Locked;
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);

  it('let everybody use it', () => {
    expect(shipped.length).toBeGreaterThan(100);
    const others = shipped
      .filter(([, { license }]) => !isFine(license ?? 'none'))
      .map(([path, { license }]) => `${path}: ${license ?? 'none'}`);
    expect(others).toEqual([]);
  });
});

describe('the licences of what is part of the package', () => {
  it('stand beside the page and the API description that hold the code', () => {
    const page = readFileSync(join(ROOT, 'dist/dashboard/LICENSES.txt'), 'utf8');
    for (const name of ['preact', '@preact/signals']) expect(page).toContain(`== ${name} `);
    expect(page).toContain('Copyright');
    expect(readFileSync(join(ROOT, 'dist/api-docs/LICENSE'), 'utf8')).toContain('Apache License');
    expect(readFileSync(join(ROOT, 'dist/dataset/samples/LICENSE'), 'utf8')).toContain('Zalando');
  });
});
