import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../instance-id';

/** Processes that use the data folder now, as far as they have left their number in it. */
export function runningIn(folder: string): number[] {
  const pids = [
    ...filesIn(folder, /^instance-\d+$/).map(ownerOf),
    ...filesIn(join(folder, 'serve'), /^instance-\d+$/).map(ownerOf),
    ...filesIn(join(folder, 'journal'), /\.journal$/).map((path) =>
      Number(/@(\d+)-[0-9a-f]+\.journal$/.exec(path)?.[1]),
    ),
  ];
  return [...new Set(pids)].filter((pid) => pid > 0 && isAlive(pid));
}

/** A slot holds the instance's id and, while it is taken, the number of its process. */
function ownerOf(path: string): number {
  return Number(readFileSync(path, 'utf8').trim().split(' ')[1] ?? NaN);
}

function filesIn(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
}
