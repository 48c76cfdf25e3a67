import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const BINARY = /\.(node|dll|dylib|so(\.\d+)*)$/;

/** Folder of one native part's binaries, outside node_modules: a new install then costs seconds. */
export function cacheEntry(name, version, runtime = process) {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const key = [name.replace('/', '__'), version, `node-abi${runtime.versions.modules}`];
  return join(base, 'stream-infer', 'native', [...key, runtime.platform, runtime.arch].join('-'));
}

/** Fills the package from the cache; false when the cache has nothing for it. */
export function restore(entry, packageDir, folders) {
  if (!existsSync(entry)) return false;
  for (const folder of folders) {
    rmSync(join(packageDir, folder), { recursive: true, force: true });
    if (existsSync(join(entry, folder))) linkBinaries(join(entry, folder), join(packageDir, folder));
  }
  return true;
}

/** Best effort: a cache that cannot be written only makes the next set-up slower. */
export function save(entry, packageDir, folders) {
  const next = `${entry}.${process.pid}`;
  try {
    rmSync(next, { recursive: true, force: true });
    for (const folder of folders) {
      if (existsSync(join(packageDir, folder))) linkBinaries(join(packageDir, folder), join(next, folder));
    }
    rmSync(entry, { recursive: true, force: true });
    renameSync(next, entry);
  } catch {
    rmSync(next, { recursive: true, force: true });
  }
}

export function discard(entry) {
  rmSync(entry, { recursive: true, force: true });
}

/** Only binaries and the links between them; object files and headers stay behind. */
function linkBinaries(from, to) {
  for (const item of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, item.name), join(to, item.name)];
    if (item.isDirectory() && item.name !== 'obj.target') linkBinaries(source, target);
    else if (BINARY.test(item.name)) {
      mkdirSync(to, { recursive: true });
      if (item.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
      else linkOrCopy(source, target);
    }
  }
}

/** libtensorflow has 560 MB: a hard link takes neither time nor space, where the file system allows it. */
function linkOrCopy(source, target) {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
