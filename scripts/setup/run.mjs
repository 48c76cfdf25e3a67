import { existsSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { killRunning, run } from './command.mjs';
import { installDependencies, isInstalled } from './dependencies.mjs';
import { buildFingerprint, dependenciesFingerprint, nativeFingerprint } from './fingerprint.mjs';
import { kafka } from './kafka.mjs';
import { acquireLock } from './lock.mjs';
import { readMarker, writeMarker } from './marker.mjs';
import { prepareNative } from './native.mjs';
import { Progress, say } from './progress.mjs';
import { isCheckout, root, stateDir } from './project.mjs';
import { tfjsNode } from './tfjs-node.mjs';
import { installCommand, missingTools } from './toolchain.mjs';

const PARTS = { kafka, tfjsNode };
const ALL = Object.keys(PARTS);
const MARKER = join(stateDir, 'setup.json');
const LOG = join(stateDir, 'setup.log');

/** As `nice` counts. */
const LOWEST = 19;
/** Titles of the steps before the native parts. */
const DEPENDENCIES = 'dependencies';
const BUILD = 'build';

/**
 * Runs the missing steps of set-up; the exit code is 1 if the program could not run. Resolves to whether nothing is
 * left to do.
 *
 * @param retry tries again what is off
 * @param only one native part, which is looked at whatever was done before; ends with 1 if it does not load then
 * @param parts the native parts to prepare if any is missing; the others are left
 */
export async function setup({ retry = false, only, parts = ALL }) {
  if (only !== undefined && !Object.hasOwn(PARTS, only)) {
    say(`there is no part ${only}; the parts are ${ALL.join(', ')}`);
    process.exitCode = 2;
    return true;
  }
  if (!retry && only === undefined) {
    const steps = await remaining();
    if (steps.length === 0) return true;
    if (parts.length === 0 && steps.join() === 'native') return false;
  }
  const release = await acquireLock(join(root, '.setup.lock'), {
    onWait: (pid) => say(`waiting for another set-up (process ${pid}); if there is none, delete .setup.lock`),
  });
  const forget = releaseOnSignals(release);
  try {
    // Asked again: the set-up that was waited for may have done everything.
    const steps = retry || only !== undefined ? ['native'] : await remaining();
    const keys = !steps.includes('native') ? [] : only === undefined ? parts : [only];
    await runSteps(steps, keys, only === undefined);
    return keys.length === ALL.length || !steps.includes('native');
  } catch (error) {
    killRunning();
    say(error instanceof SetupError ? error.message : error.stack);
    process.exitCode = 1;
    return true;
  } finally {
    release();
    forget();
  }
}

/** Prepares everything that is left next to a program that runs already: at the lowest priority. */
export async function followUp() {
  setPriority(LOWEST);
  await setup({});
  const { native, off = {} } = readMarker(MARKER);
  const ready = ALL.filter((key) => native !== undefined && !off[key]).map((key) => PARTS[key].title);
  if (ready.length > 0) say(`${ready.join(' and ')} ready; the next start uses what it needs`);
}

/** The build and the native parts at the same time. */
async function runSteps(steps, keys, isWhole) {
  const titles = keys.map((key) => PARTS[key].title);
  const others = [DEPENDENCIES, BUILD].filter((step) => steps.includes(step));
  const progress = new Progress([...others, ...titles]);
  if (steps.includes(DEPENDENCIES)) await prepareDependencies(progress);
  await Promise.all([
    steps.includes(BUILD) && build(progress),
    keys.length > 0 && prepareNativeParts(keys, isWhole, progress),
  ]);
}

class SetupError extends Error {}

async function remaining() {
  const marker = readMarker(MARKER);
  const dependencies = isCheckout && marker.dependencies !== dependenciesFingerprint(root);
  const native = dependencies || marker.native !== nativeFingerprint(root) || (await canRetry(marker));
  return [
    ...(dependencies ? [DEPENDENCIES] : []),
    ...(native ? ['native'] : []),
    ...(isCheckout && !isBuilt() ? [BUILD] : []),
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

async function prepareDependencies(progress) {
  const fingerprint = dependenciesFingerprint(root);
  if (!isInstalled(root)) {
    const end = progress.begin(DEPENDENCIES);
    const failure = await installDependencies(root);
    end(failure === undefined ? 'installed' : undefined);
    if (failure !== undefined) throw new SetupError(`npm ci failed\n${failure.trim()}`);
  }
  writeMarker(MARKER, { dependencies: fingerprint });
}

/** @param isWhole false for one part that was asked for: then it must load in the end */
async function prepareNativeParts(keys, isWhole, progress) {
  const outcomes = await Promise.all(keys.map(async (key) => [key, await prepareOne(PARTS[key], progress)]));
  const off = Object.fromEntries(outcomes.filter(([, outcome]) => outcome.reason));
  const lacks = outcomes.flatMap(([key, outcome]) => withPart(PARTS[key], outcome.lacks));
  reportOff(off);
  reportLacks(lacks);
  if (!isWhole && Object.keys(off).length > 0) process.exitCode = 1;
  if (keys.length < ALL.length) return;
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

async function prepareOne(part, progress) {
  let end = () => undefined;
  const onSlow = () => (end = progress.begin(part.title, part.usualSeconds));
  const outcome = await prepareNative(part, onSlow).catch((error) => ({
    reason: error.message,
    missing: [],
  }));
  end(outcome.how);
  if (outcome.how === 'from the cache') progress.note(part.title, outcome.how);
  return outcome;
}

async function build(progress) {
  const end = progress.begin(BUILD);
  const result = await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, log: LOG });
  end(result.ok ? 'done' : undefined);
  if (result.ok) return;
  // Not thrown: native parts under way are worth finishing, their results are kept for the next time.
  say(`the build failed\n${result.tail.trim()}`);
  process.exitCode = 1;
}

/** Returns the function that leaves the signals to the program that follows. */
function releaseOnSignals(release) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
  const end = (signal) => {
    killRunning();
    release();
    process.exit(128 + numbers[signal]);
  };
  for (const signal of Object.keys(numbers)) process.once(signal, end);
  return () => {
    for (const signal of Object.keys(numbers)) process.off(signal, end);
  };
}
