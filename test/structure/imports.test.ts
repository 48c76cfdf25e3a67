import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const SRC = resolve(__dirname, '../../src');

/** Who may import whom, folder by folder; ESLint shows the same in an editor. */
const ALLOWED = JSON.parse(readFileSync(join(__dirname, 'layers.json'), 'utf8')) as Record<string, string[]>;

/** The packages that the core may import. */
const ALLOWED_IN_CORE = /^node:(events|fs|fs\/promises|path|timers\/promises|zlib)$/;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('dashboard'))
  .map((file) => join(SRC, file));

const imports = files.flatMap((file) => importsOf(file, 'values'));
const internal = imports.flatMap(toInternal);
/** Gone when the program runs, but who reads the one file has to read the other one as well. */
const internalTypes = files.flatMap((file) => importsOf(file, 'types')).flatMap(toInternal);

describe('the structure of src', () => {
  it('has imports to look at', () => {
    expect(internal.length).toBeGreaterThan(100);
  });

  it('has no import against the direction of dependency', () => {
    const wrong = [...internal, ...internalTypes].filter(({ from, to }) => {
      const [a, b] = [folderOf(from), folderOf(to)];
      return a !== b && a !== 'index.ts' && !ALLOWED[a]?.includes(b);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps broker adapters from importing one another', () => {
    const adapterOf = (file: string) => /^brokers\/(\w+)\//.exec(file)?.[1];
    const wrong = internal.filter(
      ({ from, to }) => adapterOf(from) && adapterOf(to) && adapterOf(from) !== adapterOf(to),
    );
    expect(wrong).toEqual([]);
  });

  it('lists every folder, lower ones first', () => {
    const seen: string[] = [];
    for (const [folder, below] of Object.entries(ALLOWED)) {
      expect({ folder, unknown: below.filter((one) => !seen.includes(one)) }).toEqual({
        folder,
        unknown: [],
      });
      seen.push(folder);
    }
    const folders = new Set(files.map((file) => folderOf(relative(SRC, file))));
    folders.delete('index.ts');
    expect([...folders].sort()).toEqual(seen.filter((one) => one !== 'dashboard').sort());
  });

  it('permits no import that nothing uses', () => {
    const used = new Set(
      [...internal, ...internalTypes].map(({ from, to }) => `${folderOf(from)} ${folderOf(to)}`),
    );
    const unused = Object.entries(ALLOWED)
      .filter(([folder]) => folder !== 'dashboard')
      .flatMap(([folder, below]) => below.map((one) => `${folder} ${one}`))
      .filter((arrow) => !used.has(arrow));
    expect(unused).toEqual([]);
  });

  it('keeps packages out of the core', () => {
    const wrong = imports.filter(
      ({ file, specifier }) =>
        folderOf(relative(SRC, file)) === 'core' &&
        !specifier.startsWith('.') &&
        !ALLOWED_IN_CORE.test(specifier),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the schema library out of the workers, which would take half as long again to start', () => {
    const inWorker = new Set(
      ['inference/worker.ts', 'inference/preparing/worker.ts'].flatMap((entry) => [...reachableFrom(entry)]),
    );
    expect(inWorker.size).toBeGreaterThan(20);
    const wrong = imports.filter(
      ({ file, specifier }) => inWorker.has(relative(SRC, file)) && specifier.startsWith('zod'),
    );
    expect(wrong).toEqual([]);
  });

  it('has no circle of imports, of types neither', () => {
    expect(findCycle([...internal, ...internalTypes])).toBeNull();
  });
});

interface Specifier {
  readonly file: string;
  readonly specifier: string;
}

function importsOf(file: string, kind: 'values' | 'types'): Specifier[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(
    kind === 'values'
      ? /^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/gms
      : /^(?:import|export)\s+type\b[^;]*?from\s+'([^']+)'/gms,
  );
  return [...statements].map((match) => ({ file, specifier: (match[1] ?? match[2]) as string }));
}

function toInternal({ file, specifier }: Specifier): Import[] {
  if (!specifier.startsWith('.')) return [];
  return [{ from: relative(SRC, file), to: relative(SRC, withExtension(resolve(dirname(file), specifier))) }];
}

function withExtension(path: string): string {
  if (path.endsWith('.js')) return `${path.slice(0, -3)}.ts`;
  return files.includes(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts');
}

/** `models` has two layers: the files are read below inference, which is served above it. */
function folderOf(file: string): string {
  const [top, second] = file.split('/') as [string, string];
  return top === 'models' ? `${top}/${second}` : top;
}

function reachableFrom(file: string): ReadonlySet<string> {
  const found = new Set([file]);
  for (const one of found) for (const { from, to } of internal) if (from === one) found.add(to);
  return found;
}

function findCycle(edges: readonly Import[]): string[] | null {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return null;
    for (const target of next.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle) return cycle;
    }
    finished.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return null;
}
