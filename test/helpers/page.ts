import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const FILES = ['index.html', 'favicon.svg'];

/** Bundles the dashboard to dist/dashboard like the build, so that browser tests use the current sources. */
export function buildPage(): void {
  const out = join(ROOT, 'dist/dashboard');
  mkdirSync(out, { recursive: true });
  execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), [
    join(ROOT, 'src/dashboard/main.tsx'),
    join(ROOT, 'src/dashboard/main.css'),
    '--bundle',
    '--minify',
    '--format=esm',
    '--target=es2022',
    '--jsx=automatic',
    '--jsx-import-source=preact',
    '--legal-comments=none',
    '--log-level=warning',
    `--outdir=${out}`,
  ]);
  for (const file of FILES) copyFileSync(join(ROOT, 'src/dashboard', file), join(out, file));
}
