import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from '../../core/errors';
import { describeMoves } from '../../core/seek';
import { SteeringClient } from '../../steering/steering-client';
import { printable } from '../print-outcomes';
import { changeLine, stateText } from '../steering-text';
import type { ServerFlags } from '../server-flags';
import { serverOf, userName } from '../server-of';

interface ChangeFlags extends ServerFlags {
  readonly by?: string;
  readonly reason: string;
}

/** A service manager that restarts the process would end the change unseen. */
const LASTING = 'This lasts until the process ends; a restart begins with the configuration.\n';
/** Between two checks whether a drained process has ended, ms. */
const POLL_MS = 100;

export async function showStatus(flags: ServerFlags): Promise<void> {
  const client = clientOf(flags);
  print(await client.state(), flags);
  if (!flags.json) process.stdout.write(`${printable(await client.bottleneck())}\n`);
}

export async function pauseStream(flags: ChangeFlags): Promise<void> {
  printChange(await clientOf(flags).change('pause', askerOf(flags)), flags);
}

export async function resumeStream(flags: ChangeFlags): Promise<void> {
  print(await clientOf(flags).change('resume', askerOf(flags)), flags);
}

export async function limitRate(rate: number | null, flags: ChangeFlags): Promise<void> {
  printChange(await clientOf(flags).change('rate', askerOf(flags), { rate }), flags);
}

export async function changeWorkers(workers: number | 'auto', flags: ChangeFlags): Promise<void> {
  printChange(await clientOf(flags).setWorkers(askerOf(flags), workers), flags);
}

export async function seekPosition(position: string, flags: ChangeFlags): Promise<void> {
  const sought = await clientOf(flags).seek(askerOf(flags), position);
  if (flags.json) return void process.stdout.write(`${JSON.stringify(sought)}\n`);
  process.stdout.write(`${describeMoves(sought.moves)}\n${stateText(sought)}`);
}

export async function drainStream(flags: ChangeFlags & { readonly wait: number }): Promise<void> {
  const client = clientOf(flags);
  print(await client.change('drain', askerOf(flags)), flags);
  if (!(await endsWithin(client, flags.wait)))
    throw new StreamInferError('TIMEOUT', `the process still runs after ${flags.wait / 1_000} s`);
  if (!flags.json) process.stdout.write('drained; the process has ended\n');
}

export async function listChanges(flags: ServerFlags & { readonly limit: number }): Promise<void> {
  const entries = await clientOf(flags).history(flags.limit);
  if (flags.json) for (const entry of entries) process.stdout.write(`${JSON.stringify(entry)}\n`);
  else process.stdout.write(entries.length === 0 ? 'no changes\n' : entries.map(changeLine).join(''));
}

/** A single failure may be a busy process. */
async function endsWithin(client: SteeringClient, ms: number): Promise<boolean> {
  let failures = 0;
  for (const until = performance.now() + ms; performance.now() < until; await sleep(POLL_MS)) {
    failures = await client.state().then(
      () => 0,
      () => failures + 1,
    );
    if (failures === 2) return true;
  }
  return false;
}

function clientOf(flags: ServerFlags): SteeringClient {
  return new SteeringClient(serverOf(flags));
}

function askerOf({ by = userName(), reason }: ChangeFlags): { by: string; reason: string } {
  if (by.trim() === '') throw new StreamInferError('USAGE', 'the audit log needs a name; add --by <name>');
  return { by, reason };
}

function print(state: Awaited<ReturnType<SteeringClient['state']>>, { json }: ServerFlags): void {
  process.stdout.write(json ? `${JSON.stringify(state)}\n` : stateText(state));
}

function printChange(state: Parameters<typeof print>[0], flags: ServerFlags): void {
  print(state, flags);
  if (!flags.json) process.stdout.write(LASTING);
}
