// Compiles src/ to dist/. The build goes to a sibling folder that replaces dist/ at the end. So a failed build keeps
// the previous one, and a running program never sees a partial one. `npm run types` checks the types.
//   node scripts/build.mjs [--declarations]   for a package: with the types of the library, and without source maps,
//                                             because a package has no sources
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledLicences } from './bundled-licences.mjs';
import { buildFingerprint } from './setup/fingerprint.mjs';
import { transpile } from './transpile.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
// Siblings of dist/, because source maps hold paths relative to the folder they were written to.
const next = join(root, `dist.next-${process.pid}`);
const previous = join(root, `dist.old-${process.pid}`);

// Computed before compiling, so that a file edited during the build causes another build.
const fingerprint = buildFingerprint(root);
const isForPackage = process.argv.includes('--declarations');
try {
  removeLeftovers();
  await transpile(join(root, 'src'), next, { sourceMaps: !isForPackage });
  if (isForPackage) declare();
  await bundleDashboard();
  copyAssets();
  copyApiDocs();
  makeExecutable(join(next, 'cli', 'main.js'));
  writeFileSync(join(next, '.build-marker'), fingerprint);
  replace();
} finally {
  rmSync(next, { recursive: true, force: true });
  rmSync(previous, { recursive: true, force: true });
}

function declare() {
  const tsc = require.resolve('typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', next, '--pretty', 'false'];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the declarations could not be made');
}

async function bundleDashboard() {
  const folder = join(root, 'src', 'dashboard');
  if (!existsSync(folder)) return;
  const { build } = await import('esbuild');
  const { metafile } = await build({
    entryPoints: [join(folder, 'main.tsx'), join(folder, 'main.css')],
    outdir: join(next, 'dashboard'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(next, 'dashboard', 'LICENSES.txt'), bundledLicences(root, metafile));
}

/** The page's other files, the sample images and a model for the benchmark; everything else under src/ is TypeScript. */
function copyAssets() {
  for (const folder of ['bench/crayfish', 'dashboard', 'dataset/samples']) {
    const from = join(root, 'src', folder);
    if (existsSync(from)) cpSync(from, join(next, folder), { recursive: true, filter: isAsset });
  }
}

/** The API documentation page: its own files and the parts of Swagger UI that it loads. */
function copyApiDocs() {
  const to = join(next, 'api-docs');
  cpSync(join(root, 'src', 'http', 'api-docs'), to, { recursive: true });
  const from = dirname(require.resolve('swagger-ui-dist/package.json'));
  for (const file of [
    'swagger-ui-bundle.js',
    'swagger-ui-bundle.js.LICENSE.txt',
    'swagger-ui.css',
    'LICENSE',
    'NOTICE',
  ])
    cpSync(join(from, file), join(to, file));
}

function isAsset(path) {
  return !/\.(tsx?|css)$/.test(path) && basename(path) !== 'tsconfig.json';
}

function makeExecutable(file) {
  if (existsSync(file)) chmodSync(file, 0o755);
}

function replace() {
  mkdirSync(next, { recursive: true });
  const dist = join(root, 'dist');
  if (existsSync(dist)) renameSync(dist, previous);
  renameSync(next, dist);
}

/** Deletes the folders of killed builds. */
function removeLeftovers() {
  for (const name of readdirSync(root)) {
    const pid = /^dist\.(?:next|old)-(\d+)$/.exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}
