// Copies the tracked files of this checkout, for a build without other files.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Copies tracked and new files except ignored ones, and links this checkout's dependencies. */
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

/** Builds and packs a checkout; returns npm's description of the tarball. */
export function buildAndPack(folder) {
  execFileSync(process.execPath, ['scripts/build.mjs', '--declarations'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  });
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts'], { cwd: folder });
  const [about] = JSON.parse(packed.toString('utf8'));
  return { ...about, path: join(folder, about.filename) };
}
