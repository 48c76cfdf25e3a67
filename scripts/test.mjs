// Runs `npm test` or one of its tiers, reports each step, and ends with one line of counts.
//   node scripts/test.mjs [checks|unit|simulation|integration|brokers|browser|faults|release]
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** A suite that hangs must fail instead of blocking CI, ms. */
const SUITE_TIMEOUT = 40 * 60_000;
/** Of each failure at the end of the output. */
const REASON_LINES = 8;
const REASON_WIDTH = 400;
const JEST = join('node_modules', 'jest', 'bin', 'jest.js');
/** Jest leaves one core idle by default, which is half of a machine with two. */
const BOTH_CORES = ['--maxWorkers=2'];
const ONE_AT_A_TIME = ['--runInBand'];
/** Suites with processes mostly wait: for time-outs, back-off and each other. */
const THREE_AT_A_TIME = ['--maxWorkers=3'];
/** They watch the memory and the speed of a whole program. */
const SENSITIVE = 'real-process|photos';
/** Suites with processes and brokers that a busy machine may have failed run again, alone; more than these are broken. */
const MOST_UNSTABLE = 4;
const RELEASE = ['node-versions', 'package', 'unused'].map((name) => `test/e2e/${name}.test.ts`);

const endToEnd = readdirSync('test/e2e')
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/e2e/${name}`)
  .filter((file) => !RELEASE.includes(file));
const withBroker = endToEnd.filter((file) => /helpers\/(?:kafka|pubsub)/.test(readFileSync(file, 'utf8')));
const withoutBroker = endToEnd.filter((file) => !withBroker.includes(file));

const unit = () => jest('unit', ['--config', 'jest.unit.config.js', ...BOTH_CORES]);
const slow = () => jest('slow', ['--selectProjects', 'slow', ...BOTH_CORES]);
const conformance = () => processes('conformance', BOTH_CORES);
const e2e = (files) =>
  processes('e2e', [...THREE_AT_A_TIME, ...(files ? ['--runTestsByPath', ...files] : [])]);
const faults = () => processes('faults', THREE_AT_A_TIME);
const browser = async () => {
  await processes('browser', [...BOTH_CORES, '--testPathIgnorePatterns', SENSITIVE]);
  await processes('browser', [...ONE_AT_A_TIME, '--testPathPatterns', SENSITIVE]);
};

const TIERS = {
  all: [checks, unit, slow, () => Promise.all([conformance(), simulation(1)]), () => e2e(), browser, faults],
  checks: [checks],
  unit: [unit],
  simulation: [() => simulation()],
  integration: [slow, () => e2e(withoutBroker)],
  brokers: [conformance, () => e2e(withBroker)],
  browser: [browser],
  faults: [faults],
  release: [() => e2e(RELEASE)],
};

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const unstable = [];
const tier = process.argv[2] ?? 'all';
if (!(tier in TIERS)) {
  console.error(`unknown tier ${tier}; the tiers are ${Object.keys(TIERS).join(', ')}`);
  process.exit(2);
}
for (const step of TIERS[tier]) await step();

rmSync(folder, { recursive: true, force: true });
for (const test of unstable) console.log(`UNSTABLE, passed the second time: ${test}`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/** Each uses one core: the longest runs next to the others. */
async function checks() {
  const others = async () => {
    await check('format', 'npx', ['--no-install', 'prettier', '--check', '--log-level', 'warn', '.']);
    await check('types', 'npx', typesOf('tsconfig.json', 'all'));
    await check('types of the page', 'npx', typesOf('src/dashboard/tsconfig.json', 'page'));
    await check('reference', process.execPath, ['scripts/docs.mjs', '--check']);
  };
  await Promise.all([check('lint', 'npx', ['--no-install', 'eslint', '.', '--max-warnings', '0']), others()]);
}

/** Seeds that no test has chosen. The tests of the brokers mostly wait, so it runs next to them on one core. */
async function simulation(jobs = availableParallelism()) {
  const search = ['--require', './test/helpers/typescript.cjs', 'test/simulation/simulate.ts'];
  await check('simulation', process.execPath, [...search, '--seeds', '10000', '--jobs', String(jobs)]);
}

/** Incremental: the second run checks what was changed. */
function typesOf(project, name) {
  const cache = join('node_modules', '.cache', 'typescript', `${name}.tsbuildinfo`);
  return ['--no-install', 'tsc', '--noEmit', '-p', project, '--incremental', '--tsBuildInfoFile', cache];
}

async function check(name, command, args) {
  const { status, output } = await run(command, args, ['ignore', 'pipe', 'pipe']);
  console.log(`\n== ${name}${output === '' ? '' : `\n${output.trimEnd()}`}`);
  count(name, { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 });
}

async function jest(name, flags) {
  count(`${name} tests`, await runJest(name, flags));
}

/** A failed suite runs a second time, alone. What passes then is reported as unstable, what fails again has failed. */
async function processes(name, flags) {
  const project = ['--selectProjects', name];
  const first = await runJest(name, [...project, ...flags]);
  const { files } = first;
  if (files.length === 0 || files.length > MOST_UNSTABLE) return count(`${name} tests`, first);
  const again = ['--runTestsByPath', ...files];
  const second = await runJest(`${name}, failed suites again`, [...project, ...ONE_AT_A_TIME, ...again]);
  // It did not run to its end, so nothing has passed the second time.
  if (second.failed > 0 && second.files.length === 0) return count(`${name} tests`, first);
  const stillFailed = new Set(second.failures.map(({ test }) => test));
  unstable.push(...first.failures.filter(({ test }) => !stillFailed.has(test)).map(toLine));
  const failed = second.failed;
  count(`${name} tests`, {
    passed: first.passed + Math.max(first.failed - failed, 0),
    failed,
    skipped: first.skipped,
    failures: second.failures,
  });
}

async function runJest(name, flags) {
  console.log(`\n== ${name} tests`);
  const output = join(folder, `${name}.json`);
  const report = ['--passWithNoTests', '--forceExit', '--json', `--outputFile=${output}`];
  const args = [JEST, ...flags, ...report];
  const { status } = await run(process.execPath, args, ['ignore', 'ignore', 'inherit']);
  return outcomeOf(output, status);
}

function run(command, args, stdio) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio, timeout: SUITE_TIMEOUT, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (output += part));
    child.on('error', (error) => resolve({ status: 1, output: error.message }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

function outcomeOf(output, status) {
  const failures = [];
  try {
    const report = JSON.parse(readFileSync(output, 'utf8'));
    for (const { name, message, assertionResults } of report.testResults) {
      for (const test of assertionResults) {
        if (test.status === 'failed')
          failures.push({ file: name, test: `${name}: ${test.fullName}`, reason: reasonOf(test) });
        if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
      }
      if (message && assertionResults.length === 0)
        failures.push({ file: name, test: `${name}: the suite did not run`, reason: '' });
    }
    // A suite that could not be loaded has no failed test.
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    return {
      passed: report.numPassedTests,
      failed: status !== 0 && failed === 0 ? 1 : failed,
      skipped: report.numPendingTests,
      failures,
      files: [...new Set(failures.map(({ file }) => file))],
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures, files: [] };
  }
}

function toLine({ test, reason }) {
  return `${test}${reason}`;
}

/** The beginning of the first message, indented below the name: often only the end of a log is kept. */
function reasonOf({ failureMessages }) {
  const lines = stripVTControlCharacters(failureMessages[0] ?? '').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(0, REASON_LINES)
    .map((line) => `\n    ${line.slice(0, REASON_WIDTH)}`)
    .join('');
}

function count(name, { passed, failed, skipped, failures: reasons = [] }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  failures.push(...reasons.map(toLine));
  if (failed > 0) failures.push(`${name}: ${failed} failed`);
}
