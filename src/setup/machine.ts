import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names the machine that a process runs on. */
export interface Machine {
  /** In a container that of the container, as a rule. */
  readonly host: string;
  /** Of the running kernel, the same in all its containers and another one after each start; absent outside Linux. */
  readonly boot?: string;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export function thisMachine(): Machine {
  const boot = bootId();
  return { host: hostname(), ...(boot !== undefined && { boot }) };
}

/** Whether processes of both run, or ran, under the same kernel since its last start. By the host name where it has no id. */
export function sameKernel(a: Machine, b: Machine): boolean {
  if (a.boot === undefined && b.boot === undefined) return a.host === b.host;
  return a.boot === b.boot;
}

function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim() || undefined;
  } catch {
    // Not Linux, or a sandbox without /proc.
    return undefined;
  }
}
