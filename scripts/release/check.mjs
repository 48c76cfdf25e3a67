// Whether this checkout may be published: run before `npm publish`, ends with 1 and says what is missing.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './copy.mjs';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

const missing = [
  // npm compares it with the place that the provenance was made in, and refuses a package without it.
  manifest.repository?.url
    ? undefined
    : 'package.json has no repository: provenance needs it (npm pkg set repository.type=git repository.url=<address>)',
  manifest.bugs
    ? undefined
    : 'package.json has no bugs: where are mistakes to be reported? (npm pkg set bugs.url=<address>)',
  manifest.homepage ? undefined : 'package.json has no homepage (npm pkg set homepage=<address>)',
  isDated(manifest.version) ? undefined : `CHANGELOG.md has no line "## ${manifest.version} — <date>"`,
  git('status', '--porcelain') === '' ? undefined : 'not all is committed (git status)',
].filter((problem) => problem !== undefined);

for (const problem of missing) console.log(`MISSING ${problem}`);
console.log(
  missing.length === 0 ? `${manifest.name}@${manifest.version} may be published` : 'not to be published',
);
process.exitCode = missing.length === 0 ? 0 : 1;

function isDated(version) {
  return changelog
    .split('\n')
    .some((line) => line.startsWith('## ') && line.includes(version) && /\d{4}-\d\d-\d\d/.test(line));
}
