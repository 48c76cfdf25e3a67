import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { killRunning, run } from './command.mjs';
import { installDependencies, isInstalled } from './dependencies.mjs';
import { buildFingerprint, dependenciesFingerprint, nativeFingerprint } from './fingerprint.mjs';
import { kafka } from './kafka.mjs';
import { acquireLock } from './lock.mjs';
import { readMarker, writeMarker } from './marker.mjs';
import { prepareNative } from './native.mjs';
import { announce, finished, say } from './progress.mjs';
import { isCheckout, root, stateDir } from './project.mjs';
import { tfjsNode } from './tfjs-node.mjs';
import { installCommand, missingTools } from './toolchain.mjs';

const PARTS = { kafka, tfjsNode };
const MARKER = join(stateDir, 'setup.json');
const LOG = join(stateDir, 'setup.log');

/**
 * Runs the missing steps of set-up; the exit code is 1 if the program could not run.
 *
 * @param only one native part, which is looked at whatever was done before; ends with 1 if it does not load then
 */
export async function setup({ retry, only }) {
  if (only !== undefined && !Object.hasOwn(PARTS, only)) {
    say(`there is no part ${only}; the parts are ${Object.keys(PARTS).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  if (!retry && only === undefined && (await remaining()).length === 0) return;
  const release = await acquireLock(join(root, '.setup.lock'), {
    onWait: (pid) => say(`waiting for another set-up (process ${pid}); if there is none, delete .setup.lock`),
  });
  releaseOnSignals(release);
  try {
    if (only !== undefined) return await prepareNativeParts([only]);
    // Asked again: the set-up that was waited for may have done everything.
    const steps = retry ? ['native'] : await remaining();
    if (steps.includes('dependencies')) await prepareDependencies();
    await Promise.all([steps.includes('native') && prepareNativeParts(), steps.includes('build') && build()]);
  } catch (error) {
    killRunning();
    say(error instanceof SetupError ? error.message : error.stack);
    process.exitCode = 1;
  } finally {
    release();
  }
}

class SetupError extends Error {}

async function remaining() {
  const marker = readMarker(MARKER);
  const dependencies = isCheckout && marker.dependencies !== dependenciesFingerprint(root);
  const native = dependencies || marker.native !== nativeFingerprint(root) || (await canRetry(marker));
  return [
    ...(dependencies ? ['dependencies'] : []),
    ...(native ? ['native'] : []),
    ...(isCheckout && !isBuilt() ? ['build'] : []),
  ];
}

/** What was off for want of tools, a part or an extra, is tried again once they are there, and not at every start. */
async function canRetry({ off = {}, lacks = [] }) {
  for (const { missing } of [...Object.values(off), ...lacks]) {
    if (missing.length > 0 && (await missingTools(missing)).length === 0) return true;
  }
  return false;
}

function isBuilt() {
  const marker = join(root, 'dist', '.build-marker');
  return existsSync(marker) && readFileSync(marker, 'utf8') === buildFingerprint(root);
}

async function prepareDependencies() {
  const fingerprint = dependenciesFingerprint(root);
  if (!isInstalled(root)) {
    const startedAt = performance.now();
    announce(1, 'dependencies');
    const failure = await installDependencies(root);
    if (failure !== undefined) throw new SetupError(`npm ci failed\n${failure.trim()}`);
    finished(1, 'dependencies', 'installed', startedAt);
  }
  writeMarker(MARKER, { dependencies: fingerprint });
}

async function prepareNativeParts(keys = Object.keys(PARTS)) {
  const outcomes = await Promise.all(
    keys.map(async (key, index) => [key, await prepareOne(PARTS[key], index + 2)]),
  );
  const off = Object.fromEntries(outcomes.filter(([, outcome]) => outcome.reason));
  const lacks = outcomes.flatMap(([key, outcome]) => withPart(PARTS[key], outcome.lacks));
  reportOff(off);
  reportLacks(lacks);
  if (keys.length < Object.keys(PARTS).length) {
    if (Object.keys(off).length > 0) process.exitCode = 1;
    return;
  }
  writeMarker(MARKER, { ...readMarker(MARKER), native: nativeFingerprint(root), off, lacks });
}

/** Once: later runs are silent about what is off, and try again by themselves when the tools are there. */
function reportOff(off) {
  for (const [key, { reason }] of Object.entries(off)) {
    const { name, instead } = PARTS[key].off;
    say(`${name} is off: ${reason}; ${instead}`);
  }
  const tools = installCommand(Object.values(off).flatMap(({ missing }) => missing));
  if (tools) say(`to install what is missing: ${tools}`);
  else if (Object.keys(off).length > 0) say('to try again: node scripts/setup.mjs --retry');
}

function withPart({ title }, lacks = []) {
  return lacks.map((lack) => ({ part: title, ...lack }));
}

/** Once, as well. */
function reportLacks(lacks) {
  for (const { part, name, without } of lacks) say(`${part}: built without ${name}; ${without}`);
  const tools = installCommand(lacks.flatMap(({ missing }) => missing));
  if (tools) say(`to build with it: ${tools}, then run set-up again`);
}

async function prepareOne(part, step) {
  const startedAt = performance.now();
  const outcome = await prepareNative(part, () => announce(step, part.title, '(up to two minutes)')).catch(
    (error) => ({ reason: error.message, missing: [] }),
  );
  if (outcome.how && outcome.how !== 'ready') finished(step, part.title, outcome.how, startedAt);
  return outcome;
}

async function build() {
  const startedAt = performance.now();
  announce(4, 'build');
  const result = await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, log: LOG });
  if (result.ok) return finished(4, 'build', 'done', startedAt);
  // Not thrown: native parts under way are worth finishing, their results are kept for the next time.
  say(`the build failed\n${result.tail.trim()}`);
  process.exitCode = 1;
}

function releaseOnSignals(release) {
  for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
    process.once(signal, () => {
      killRunning();
      release();
      process.exit(128 + number);
    });
  }
}
