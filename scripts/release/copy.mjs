// A copy of what git tracks here, to build it where nothing else lies around.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Tracked files, and new ones that are not ignored; the dependencies of this checkout are linked. */
export function copyCheckout(to) {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    maxBuffer: 1 << 26,
  });
  for (const file of listed.toString('utf8').split('\0')) {
    if (file === '' || !existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(ROOT, file), join(to, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'), 'dir');
}

/** Builds and packs a checkout; returns what npm says of the tarball. */
export function buildAndPack(folder) {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: ['ignore', 2, 2] });
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts'], { cwd: folder });
  const [about] = JSON.parse(packed.toString('utf8'));
  return { ...about, path: join(folder, about.filename) };
}
