// Writes the CycloneDX list of what `npm install` of the package installs, from the lock file.
//
//   node scripts/release/sbom.mjs [file]     default: stream-infer-<version>.cdx.json
//
// Deterministic for one commit: the list has neither a serial number nor a time.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './copy.mjs';

const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const list = withoutDevelopment(allComponents());
delete list.serialNumber;
delete list.metadata.timestamp;
// npm names the package like its folder.
list.metadata.component.name = name;
const file = process.argv[2] ?? `${name}-${version}.cdx.json`;
writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`);
console.log(`${file}: ${list.components.length} packages`);

function allComponents() {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
  return JSON.parse(
    execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 }),
  );
}

/** `npm sbom --omit=dev` also leaves out packages that production and development share. */
function withoutDevelopment({ components, dependencies, ...list }) {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const locked = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  const installed = new Set(locked.map(([path, entry]) => `${nameOf(path, entry)}@${entry.version}`));
  const isInstalled = (ref) => installed.has(ref) || ref === `${name}@${version}`;
  return {
    ...list,
    components: components.filter(({ 'bom-ref': ref }) => installed.has(ref)),
    dependencies: dependencies
      .filter(({ ref }) => isInstalled(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isInstalled) })),
  };
}

/** An alias has the name of the package that it stands for. */
function nameOf(path, entry) {
  return entry.name ?? path.replace(/^.*node_modules\//, '');
}
