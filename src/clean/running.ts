import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf } from '../setup/instance-claim';
import { mayRun, type JournalOwner } from '../quarantine/owner';
import { readCrashFile } from '../quarantine/crash-file';
import { sameKernel, thisMachine, type Machine } from '../setup/machine';

/** A process that uses the data folder; the pid is in its own namespace. */
export interface RunningProcess extends Machine {
  readonly pid: number;
}

/** Processes that use the data folder now and left their pid in it; not those of other machines. */
export function runningIn(folder: string): RunningProcess[] {
  return [
    ...filesIn(folder, /^instance-\d+$/).flatMap((path) => holderOf(path) ?? []),
    ...filesIn(join(folder, 'serve'), /^instance-\d+$/).flatMap((path) => holderOf(path) ?? []),
    ...filesIn(join(folder, 'journal'), /\.journal$/).flatMap((path) => ownerOf(path) ?? []),
  ];
}

function ownerOf(path: string): JournalOwner | undefined {
  const read = readCrashFile(path);
  if ('problem' in read || !mayRun(read.value.header, path)) return undefined;
  const { header } = read.value;
  const own = thisMachine();
  return header.host === own.host || sameKernel(header, own) ? header : undefined;
}

function filesIn(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
}
