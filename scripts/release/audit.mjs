// Checks the production dependencies for vulnerabilities, licences and deprecations.
//
//   node scripts/release/audit.mjs     exit code 0: no findings; 1: findings; 3: the registry is unavailable (the rest is fine)
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './copy.mjs';
import { licencesOf } from './licences.mjs';

/** Lower severities mostly need access to the configuration; they are reported but do not fail the check. */
const SERIOUS = ['high', 'critical'];
const NOT_KNOWN = 3;

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const results = [vulnerabilities(), licences(), deprecations()];
process.exitCode = results.includes('bad') ? 1 : results.includes('not known') ? NOT_KNOWN : 0;

function vulnerabilities() {
  const args = ['audit', '--omit=dev', '--json'];
  const { stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8', timeout: 120_000 });
  const report = parse(stdout);
  if (report?.metadata?.vulnerabilities === undefined) {
    const reason =
      report?.error?.summary || report?.message || stderr.trim().split('\n').at(-1) || 'no response';
    console.log(
      `vulnerabilities: NOT KNOWN, the registry is unavailable (${reason}); run this on a machine with access`,
    );
    return 'not known';
  }
  const counts = report.metadata.vulnerabilities;
  console.log(
    `vulnerabilities: ${counts.total} (${SERIOUS.map((level) => `${counts[level]} ${level}`).join(', ')})`,
  );
  for (const { name, severity, via } of Object.values(report.vulnerabilities ?? {}))
    console.log(`  ${severity}: ${name}: ${via.map((cause) => cause.title ?? cause).join('; ')}`);
  return SERIOUS.some((level) => counts[level] > 0) ? 'bad' : 'fine';
}

function licences() {
  const { shipped, refused } = licencesOf(packages);
  const counts = new Map();
  for (const [, licence] of shipped) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  console.log(`licences: ${shipped.length} packages, ${refused.length} with a licence that is not allowed`);
  for (const [licence, count] of sorted) console.log(`  ${String(count).padStart(4)} ${licence}`);
  for (const line of refused) console.log(`  REFUSED ${line}`);
  return refused.length > 0 ? 'bad' : 'fine';
}

/** Only deprecated direct dependencies fail the check; we cannot replace transitive ones. */
function deprecations() {
  const { dependencies = {}, optionalDependencies = {} } = packages[''];
  const own = new Set(
    Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => `node_modules/${name}`),
  );
  const deprecated = Object.entries(packages).filter(([, entry]) => entry.deprecated && entry.dev !== true);
  console.log(
    `deprecated: ${deprecated.length}, ${deprecated.filter(([path]) => own.has(path)).length} direct`,
  );
  for (const [path, entry] of deprecated) console.log(`  ${path}@${entry.version}: ${entry.deprecated}`);
  return deprecated.some(([path]) => own.has(path)) ? 'bad' : 'fine';
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
