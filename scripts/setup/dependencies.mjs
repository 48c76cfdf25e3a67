import { join } from 'node:path';
import { npm } from './npm.mjs';
import { readJson } from './project.mjs';

/** `npm ci` runs no install scripts here: what they would do, the native parts' own steps do. */
const CI = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];

/** Resolves to undefined, or to what npm said if it failed. */
export async function installDependencies(root) {
  const result = await npm([...CI, '--loglevel=error'], { cwd: root });
  return result.ok ? undefined : withoutUsage(result.tail);
}

/** On a lock file that does not fit, npm prints its whole help after the cause. */
function withoutUsage(output) {
  return output.split(/^npm error Clean install a project$/m)[0].replace(/(^npm error\s*\n)+/gm, '');
}

/**
 * Whether npm's own record of the tree, which it writes last, agrees with the lock file. An `npm install` by hand, or an
 * edit elsewhere in package.json, then costs no new install.
 */
export function isInstalled(root) {
  try {
    const wanted = readJson(join(root, 'package-lock.json')).packages;
    const found = readJson(join(root, 'node_modules', '.package-lock.json')).packages;
    const optional = wanted[''].optionalDependencies ?? {};
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '') return sameRequests(entry, readJson(join(root, 'package.json')));
      if (entry.optional && !(path.replace(/^node_modules\//, '') in optional) && !found[path]) return true;
      return found[path]?.version === entry.version && found[path].integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}

function sameRequests(lockRoot, manifest) {
  const fields = ['dependencies', 'optionalDependencies', 'devDependencies'];
  const requests = (owner) =>
    JSON.stringify(fields.map((field) => Object.entries(owner[field] ?? {}).sort()));
  return requests(lockRoot) === requests(manifest);
}
