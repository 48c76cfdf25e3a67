import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const FOLDER = join(__dirname, '../../src/dashboard');
const BUDGET = 60 * 1024;

it('loads at most 60 KiB of script and style, gzipped, and nothing of the server', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(FOLDER, 'main.tsx')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    write: false,
    metafile: true,
  });
  const page = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  const styles = [...page.matchAll(/href="(\S+\.css)"/g)].map(([, file]) => file as string);
  expect(styles.length).toBeGreaterThan(0);
  const parts = [
    ...outputFiles.map(({ contents }) => contents),
    ...styles.map((file) => readFileSync(join(FOLDER, file))),
  ];
  const bytes = parts.reduce((sum, part) => sum + gzipSync(part).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  // The page imports only types of the server.
  expect(Object.keys(metafile.inputs).filter((file) => /src\/http\/|\/zod\//.test(file))).toEqual([]);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
}, 60_000);
