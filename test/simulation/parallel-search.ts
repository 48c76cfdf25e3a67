import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { NOTHING, plus, type Searched } from './searched';

export interface SearchPlan {
  readonly from: number;
  readonly seeds: number;
  /** Processes at the same time: the virtual clock replaces the timers of a whole process. */
  readonly jobs: number;
}

/** Seeds of one process: few, so that all cores are busy until the end and progress is seen. */
const SLICE = 250;
const HOOK = join(__dirname, '..', 'helpers', 'typescript.cjs');

/** Prints progress. Resolves with undefined after the first broken promise, which its process has explained. */
export async function searchInParallel({ from, seeds, jobs }: SearchPlan): Promise<Searched | undefined> {
  const running = new Set<ChildProcess>();
  let found: Searched = NOTHING;
  let next = from;
  let isBroken = false;

  async function work(): Promise<void> {
    while (next < from + seeds && !isBroken) {
      const start = next;
      next = Math.min(next + SLICE, from + seeds);
      const part = await searchSlice(start, next - start, running);
      if (part === undefined) {
        // The others end, so that nothing is printed after the explanation.
        isBroken = true;
        for (const child of running) child.kill('SIGKILL');
        return;
      }
      found = plus(found, part);
      if (process.stderr.isTTY) process.stderr.write(`\r${found.seeds} of ${seeds} seeds`);
    }
  }

  await Promise.all(Array.from({ length: jobs }, work));
  if (process.stderr.isTTY) process.stderr.write('\n');
  return isBroken ? undefined : found;
}

function searchSlice(from: number, seeds: number, running: Set<ChildProcess>): Promise<Searched | undefined> {
  const flags = ['--from', String(from), '--seeds', String(seeds), '--jobs', '1'];
  const child = fork(join(__dirname, 'simulate.ts'), flags, { execArgv: ['--require', HOOK] });
  running.add(child);
  return new Promise((resolve) => {
    let found: Searched | undefined;
    child.on('message', (message) => (found = message as Searched));
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code === 0 ? found : undefined);
    });
  });
}
