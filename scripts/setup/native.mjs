import { appendFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheEntry, discard, restore, save } from './cache.mjs';
import { isHostReachable } from './download.mjs';
import { packageDir, readJson, root, stateDir } from './project.mjs';
import { prove } from './prove.mjs';
import { missingTools } from './toolchain.mjs';

/**
 * Makes one native part loadable by the cheapest way that works, each proved by loading it. A part that loads but lacks
 * an extra (`extras` of the part) is made again as soon as a build can have it.
 * Resolves to `{ how, lacks }`, or to `{ reason, missing }` when it stays off. `onSlow` is called before a download.
 */
export async function prepareNative(part, onSlow) {
  const dir = packageDir(part.package);
  if (!dir) return { reason: `${part.package} is not installed`, missing: [] };
  const entry = cacheEntry(part.package, readJson(join(dir, 'package.json')).version);
  const found = await findReady(part, dir, entry);
  if (found !== undefined) {
    const lacks = await findLacks(part, dir);
    if (!lacks.some(({ missing }) => missing.length === 0)) return { how: found, lacks };
    // Before the copy in the cache is written over: both are hard links to the same files.
    removeFolders(part, dir);
  }
  onSlow();
  const made = await make(part, dir);
  if (made.how) {
    save(entry, dir, part.folders);
    // From the cache again: without object files and headers, ten times as large.
    restore(entry, dir, part.folders);
  } else if (found !== undefined && restore(entry, dir, part.folders)) {
    return { how: found, lacks: await findLacks(part, dir) };
  }
  return made.how ? { how: made.how, lacks: await findLacks(part, dir) } : made;
}

/** Resolves to how the part came to be there, or to undefined when neither the package nor the cache has one that loads. */
async function findReady(part, dir, entry) {
  if (await prove(dir, part.check)) {
    if (!existsSync(entry)) save(entry, dir, part.folders);
    return 'ready';
  }
  if (!restore(entry, dir, part.folders)) return undefined;
  if (await prove(dir, part.check)) return 'from the cache';
  discard(entry);
  return undefined;
}

/**
 * The extras that the binary was built without, each as `{ name, without, missing }`; `missing` names the tools that a
 * build with it still needs here.
 */
async function findLacks(part, dir) {
  const lacks = [];
  for (const { name, check, tool, without } of part.extras ?? []) {
    if (await prove(dir, check)) continue;
    lacks.push({ name, without, missing: await missingTools([...part.tools, tool]) });
  }
  return lacks;
}

function removeFolders(part, dir) {
  for (const folder of part.folders) rmSync(join(dir, folder), { recursive: true, force: true });
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
