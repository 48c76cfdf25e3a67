import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const FOLDER = join(__dirname, '../../src/dashboard');
const BUDGET = 64 * 1024;

it('loads at most 64 KiB of script and style, gzipped, and nothing of the server', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(FOLDER, 'main.tsx'), join(FOLDER, 'main.css')],
    outdir: 'out',
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
  expect(outputFiles.map(({ path }) => extname(path)).sort()).toEqual(['.css', '.js']);
  const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  // The page imports only types of the server.
  expect(Object.keys(metafile.inputs).filter((file) => /src\/http\/|\/zod\//.test(file))).toEqual([]);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
}, 60_000);
