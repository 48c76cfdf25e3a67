import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '../..');
const SCRIPT = join(ROOT, 'scripts/release/sbom.mjs');

interface Sbom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly purl: string } };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly hashes: readonly { readonly alg: string; readonly content: string }[];
    readonly licenses?: readonly object[];
  }[];
}

interface Locked {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly name?: string;
        readonly version: string;
        readonly integrity?: string;
        readonly dev?: boolean;
      }
    >
  >;
}

describe('the list of components', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-sbom-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has each production package of the lock file with its checksum and licence, and is reproducible', () => {
    const [first, second] = ['first', 'second'].map((name) => {
      execFileSync(process.execPath, [SCRIPT, join(folder, name)], { cwd: folder });
      return readFileSync(join(folder, name), 'utf8');
    });
    expect(second).toBe(first);
    const list = JSON.parse(String(first)) as Sbom;
    expect(list).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'stream-infer' } } });
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Locked;
    const locked = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    const wanted = new Set(
      locked.map(
        ([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`,
      ),
    );
    expect(new Set(list.components.map(({ name, version }) => `${name}@${version}`))).toEqual(wanted);
    const checksums = new Set(locked.map(([, { integrity }]) => integrity));
    for (const { hashes, licenses } of list.components) {
      const [{ content } = { content: '' }] = hashes;
      expect(checksums).toContain(`sha512-${Buffer.from(content, 'hex').toString('base64')}`);
      expect(licenses).not.toHaveLength(0);
    }
  });
});
