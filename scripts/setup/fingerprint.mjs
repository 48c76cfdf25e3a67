import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DEPENDENCY_FIELDS = ['dependencies', 'optionalDependencies', 'devDependencies', 'overrides'];

/** Of what npm installs. Other fields of package.json (scripts, version) may change without a new install. */
export function dependenciesFingerprint(root) {
  const hash = createHash('sha256');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const field of DEPENDENCY_FIELDS) hash.update(JSON.stringify(manifest[field] ?? null));
  addFile(hash, root, 'package-lock.json');
  return hash.digest('hex');
}

/** Of how native parts are made, and of the Node they are made for. */
export function nativeFingerprint(root, runtime = process) {
  const hash = createHash('sha256');
  hash.update([runtime.versions.modules, runtime.platform, runtime.arch].join(' '));
  addTree(hash, root, 'scripts/setup');
  return hash.digest('hex');
}

/** Of everything the build reads. */
export function buildFingerprint(root) {
  const hash = createHash('sha256');
  addTree(hash, root, 'src');
  for (const file of [
    'scripts/build.mjs',
    'scripts/transpile.mjs',
    'scripts/swc-options.cjs',
    'scripts/bundled-licences.mjs',
    'package-lock.json',
  ]) {
    addFile(hash, root, file);
  }
  return hash.digest('hex');
}

function addTree(hash, root, folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) addTree(hash, root, path);
    else if (entry.isFile()) addFile(hash, root, path);
  }
}

function addFile(hash, root, path) {
  const file = join(root, path);
  hash.update(`\0${path}\0`);
  if (existsSync(file)) hash.update(readFileSync(file));
}
