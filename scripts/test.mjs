// Runs everything `npm test` promises, says each step, and ends with one line of counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A suite that hangs must fail and not hold up CI, ms. */
const SUITE_TIMEOUT = 40 * 60_000;
/** Many waits, one after the other. */
const FAULTS_TIMEOUT = 30 * 60_000;
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-test-'));
const JEST = join('node_modules', 'jest', 'bin', 'jest.js');
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

check('lint', 'npx', ['--no-install', 'eslint', '.', '--max-warnings', '0']);
check('format', 'npx', ['--no-install', 'prettier', '--check', '--log-level', 'warn', '.']);
check('types', 'npx', ['--no-install', 'tsc', '--noEmit', '-p', 'tsconfig.json']);
check('types of the page', 'npx', ['--no-install', 'tsc', '--noEmit', '-p', 'src/dashboard/tsconfig.json']);
check('reference', process.execPath, ['scripts/docs.mjs', '--check']);
jest('unit');
// Real brokers and browsers take both cores: one suite at a time.
for (const project of ['conformance', 'e2e', 'browser']) jest(project, ['--runInBand']);
// These wait most of the time: for sessions to run out, brokers to come back.
jest('faults', ['--maxWorkers=2']);

rmSync(folder, { recursive: true, force: true });
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;

function check(name, command, args) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  count(name, { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 });
}

function jest(project, flags = []) {
  console.log(`\n== ${project} tests`);
  const output = join(folder, `${project}.json`);
  const args = [
    '--selectProjects',
    project,
    '--passWithNoTests',
    '--forceExit',
    '--json',
    `--outputFile=${output}`,
  ];
  const { status } = spawnSync(process.execPath, [JEST, ...args, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: project === 'faults' ? FAULTS_TIMEOUT : SUITE_TIMEOUT,
    killSignal: 'SIGKILL',
  });
  count(`${project} tests`, countsOf(output, status));
}

function countsOf(output, status) {
  try {
    const report = JSON.parse(readFileSync(output, 'utf8'));
    for (const { name, message, assertionResults } of report.testResults) {
      for (const test of assertionResults) {
        if (test.status === 'failed') failures.push(`${name}: ${test.fullName}`);
        if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
      }
      if (message && assertionResults.length === 0) failures.push(`${name}: the suite did not run`);
    }
    // A suite that could not even be loaded has no failed test in it.
    const broken = report.numRuntimeErrorTestSuites;
    const failed = report.numFailedTests + broken;
    return {
      passed: report.numPassedTests,
      failed: status !== 0 && failed === 0 ? 1 : failed,
      skipped: report.numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function count(name, { passed, failed, skipped }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  if (failed > 0) failures.push(`${name}: ${failed} failed`);
}
