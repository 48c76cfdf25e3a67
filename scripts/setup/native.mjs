import { appendFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheEntry, discard, restore, save } from './cache.mjs';
import { isHostReachable } from './download.mjs';
import { packageDir, readJson, root, stateDir } from './project.mjs';
import { prove } from './prove.mjs';
import { missingTools } from './toolchain.mjs';

/**
 * Makes one native part loadable by the cheapest way that works, each proved by loading it.
 * Resolves to `{ how }`, or to `{ reason, missing }` when it stays off. `onSlow` is called before a download.
 */
export async function prepareNative(part, onSlow) {
  const dir = packageDir(part.package);
  if (!dir) return { reason: `${part.package} is not installed`, missing: [] };
  const entry = cacheEntry(part.package, readJson(join(dir, 'package.json')).version);
  if (await prove(dir, part.check)) {
    if (!existsSync(entry)) save(entry, dir, part.folders);
    return { how: 'ready' };
  }
  if (restore(entry, dir, part.folders)) {
    if (await prove(dir, part.check)) return { how: 'from the cache' };
    discard(entry);
  }
  onSlow();
  const made = await make(part, dir);
  if (made.how) {
    save(entry, dir, part.folders);
    // From the cache again: without object files and headers, ten times as large.
    restore(entry, dir, part.folders);
  }
  return made;
}

async function make(part, dir) {
  const log = join(stateDir, `${part.title.replaceAll(' ', '-').toLowerCase()}.log`);
  rmSync(log, { force: true });
  if (await isHostReachable(dir)) {
    await part.download(dir, log);
    if (await prove(dir, part.check)) return { how: 'downloaded' };
  }
  const missing = await missingTools(part.tools);
  if (missing.length > 0) {
    return { reason: `no prebuilt binary, and a build needs ${missing.join(', ')}`, missing };
  }
  const repaired = await part.repair(dir, log);
  if (repaired.ok && (await prove(dir, part.check))) return { how: 'built' };
  note(log, repaired.tail);
  const cause = repaired.timedOut ? 'the build took too long' : 'the build failed';
  return { reason: `no prebuilt binary, and ${cause} (log: ${relative(root, log)})`, missing: [] };
}

function note(log, text = '') {
  mkdirSync(stateDir, { recursive: true });
  appendFileSync(log, `\n${text}\n`);
}
