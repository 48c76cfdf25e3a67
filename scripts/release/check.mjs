// Checks that this checkout is ready for `npm publish`; exits with 1 and lists the problems if not.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './copy.mjs';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

const missing = [
  // npm compares it with the repository of the provenance and rejects a package without it.
  manifest.repository?.url
    ? undefined
    : 'package.json has no repository, which provenance needs (npm pkg set repository.type=git repository.url=<address>)',
  manifest.bugs ? undefined : 'package.json has no bugs address (npm pkg set bugs.url=<address>)',
  manifest.homepage ? undefined : 'package.json has no homepage (npm pkg set homepage=<address>)',
  isDated(manifest.version) ? undefined : `CHANGELOG.md has no line "## ${manifest.version} — <date>"`,
  git('status', '--porcelain') === '' ? undefined : 'there are uncommitted changes (git status)',
].filter((problem) => problem !== undefined);

for (const problem of missing) console.log(`MISSING ${problem}`);
console.log(
  missing.length === 0 ? `${manifest.name}@${manifest.version} is ready to publish` : 'not ready to publish',
);
process.exitCode = missing.length === 0 ? 0 : 1;

function isDated(version) {
  return changelog
    .split('\n')
    .some((line) => line.startsWith('## ') && line.includes(version) && /\d{4}-\d\d-\d\d/.test(line));
}
