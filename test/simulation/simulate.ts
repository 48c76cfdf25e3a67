/**
 * Deterministic simulation of the core. `--seeds 10000` explains the first seed that breaks a promise, shrunk; it uses
 * all cores unless `--jobs` says otherwise. `--seed 4711` shows one seed in full. `--mutants` finds the faults of mutants.ts.
 *
 * Ends with 1 when a promise was broken, or when a mutant broke none.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { load, type Simulation } from './load';
import { MUTANTS, type Mutant } from './mutants';
import { searchInParallel } from './parallel-search';
import type { RunResult } from './run';
import { NOTHING, plus, type Searched } from './searched';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    mutants: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);

async function main(): Promise<boolean> {
  if (values.mutants) return await findAll();
  if (values.seed !== undefined) return await replay(load(), Number(values.seed));
  const jobs = Math.min(Number(values.jobs), seeds);
  return jobs > 1 ? await searchAll(jobs) : await search();
}

async function searchAll(jobs: number): Promise<boolean> {
  const startedAt = performance.now();
  const found = await searchInParallel({ from, seeds, jobs });
  if (found === undefined) return false;
  report(found, performance.now() - startedAt);
  return true;
}

async function search(): Promise<boolean> {
  const simulation = load();
  const startedAt = performance.now();
  let found = NOTHING;
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await simulation.run(simulation.scenarioOf(seed), 0);
    if (result.violation !== null) return await explain(simulation, seed, result);
    const { steps, virtualMs, settledAfterMs } = result;
    found = plus(found, { seeds: 1, steps, virtualMs, slowestMs: settledAfterMs });
  }
  // A part of a search reports to the whole.
  if (process.send) process.send(found);
  else report(found, performance.now() - startedAt);
  return true;
}

function report({ steps, virtualMs, slowestMs }: Searched, tookMs: number): void {
  console.log(
    `seeds ${from} to ${from + seeds - 1}: all promises kept in ${steps} steps and ` +
      `${(virtualMs / 3_600_000).toFixed(1)} h of virtual time, which took ${(tookMs / 1_000).toFixed(0)} s; ` +
      `all was settled at most ${(slowestMs / 1_000).toFixed(1)} s after the last fault`,
  );
}

async function replay({ run, scenarioOf }: Simulation, seed: number): Promise<boolean> {
  const { trace, violation, steps } = await run(scenarioOf(seed), Infinity);
  console.log(trace.join('\n'));
  console.log(violation === null ? `kept all promises in ${steps} steps` : `step ${steps}: ${violation}`);
  return violation === null;
}

async function explain(
  simulation: Simulation,
  seed: number,
  { violation, steps }: RunResult,
): Promise<false> {
  console.error(`seed ${seed} broke a promise in step ${steps}: ${violation}`);
  const smallest = await simulation.shrink(simulation.scenarioOf(seed));
  const again = await simulation.run(smallest);
  console.error(`shrunk: ${JSON.stringify(smallest)}`);
  console.error(`${again.trace.join('\n')}\nstep ${again.steps}: ${again.violation}`);
  return false;
}

async function findAll(): Promise<boolean> {
  let hasAll = true;
  for (const mutant of MUTANTS) {
    const found = await find(mutant);
    hasAll &&= found !== undefined;
    console.log(
      `${found === undefined ? 'NOT FOUND' : `seed ${found.seed}`}: ${mutant.name}: ${found?.violation ?? ''}`,
    );
  }
  return hasAll;
}

async function find(mutant: Mutant): Promise<{ seed: number; violation: string } | undefined> {
  const { run, scenarioOf } = load(mutant);
  for (let seed = mutant.seed; seed < mutant.seed + seeds; seed++) {
    const { violation } = await run(scenarioOf(seed), 0);
    if (violation !== null) return { seed, violation: violation.split('\n')[0] ?? '' };
  }
  return undefined;
}

void main().then((isFine) => (process.exitCode = isFine ? 0 : 1));
