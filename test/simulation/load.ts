import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import type { Mutant } from './mutants';
import type * as Run from './run';
import type * as Scenarios from './scenario';
import type * as Shrink from './shrink';

/** The simulation, with the product's own modules or with one that has a fault. */
export interface Simulation {
  readonly run: typeof Run.run;
  readonly scenarioOf: typeof Scenarios.scenarioOf;
  readonly shrink: typeof Shrink.shrink;
}

const SRC = join(__dirname, '..', '..', 'src');
const requireAnew = createRequire(__filename);

/** Loads all modules again: the changed one, and all that import it. */
export function load(mutant?: Mutant): Simulation {
  for (const path of Object.keys(requireAnew.cache))
    if (path.startsWith(SRC) || path.startsWith(__dirname + sep))
      Reflect.deleteProperty(requireAnew.cache, path);
  const sources = requireAnew('../helpers/typescript.cjs') as { read: (path: string) => string };
  const changed = mutant === undefined ? undefined : join(SRC, mutant.file);
  sources.read = (path) => {
    const source = readFileSync(path, 'utf8');
    return mutant !== undefined && path === changed ? mutate(source, mutant) : source;
  };
  const { run } = requireAnew('./run') as typeof Run;
  const { scenarioOf } = requireAnew('./scenario') as typeof Scenarios;
  const { shrink } = requireAnew('./shrink') as typeof Shrink;
  return { run, scenarioOf, shrink };
}

function mutate(source: string, { name, file, from, to }: Mutant): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`"${name}": its text occurs ${parts.length - 1} times in ${file}`);
  return parts.join(to);
}
