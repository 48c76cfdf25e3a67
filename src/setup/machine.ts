import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Machine of a process. */
export interface Machine {
  /** In a container usually the name of the container. */
  readonly host: string;
  /** Boot id of the kernel: shared by all its containers, different after each boot; absent outside Linux. */
  readonly boot?: string;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export function thisMachine(): Machine {
  const boot = bootId();
  return { host: hostname(), ...(boot !== undefined && { boot }) };
}

/** Whether both are the same kernel since the same boot. Without boot ids, the host names are compared. */
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
