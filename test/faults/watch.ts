/** Observes an instance of the program from outside. */
import { readFileSync, readdirSync } from 'node:fs';

import { until, type Cli } from '../helpers/cli';

export interface Health {
  readonly live: number;
  readonly ready: number;
  readonly reasons: readonly string[];
}

export async function healthOf(instance: Cli): Promise<Health> {
  const live = await fetch(`${instance.url}/livez`);
  await live.arrayBuffer();
  const ready = await fetch(`${instance.url}/readyz`);
  const { reasons = [] } = (await ready.json()) as { reasons?: string[] };
  return { live: live.status, ready: ready.status, reasons };
}

/** Waits until the instance is alive and not ready for the given reason. */
export async function saysWhy(instance: Cli, reason: RegExp, timeoutMs = 90_000): Promise<void> {
  let last: Health | undefined;
  await until(
    async () => {
      last = await healthOf(instance);
      return last.live === 200 && last.ready === 503 && reason.test(last.reasons.join(' '));
    },
    timeoutMs,
    () => `${JSON.stringify(last)}\n${instance.stderr.slice(-3_000)}`,
  );
}

/** Resident memory, MB. */
export function rssOf({ child }: Cli): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** Records the maximum of a figure until it is stopped. */
export function peak(figure: () => number | Promise<number>): { stop(): Promise<number> } {
  let most = 0;
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      most = Math.max(most, await figure());
      await pause(100);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      return most;
    },
  };
}

/** Number of open sockets and files of the process. */
export function openFiles({ child }: Cli): number {
  return readdirSync(`/proc/${child.pid}/fd`).length;
}

/** Ends by SIGTERM with code 0; a failure shows the last log lines. */
export async function endsWell(instance: Cli): Promise<void> {
  const { code, stderr } = await instance.stop();
  expect({ code, stderr: code === 0 ? '' : stderr.slice(-4_000) }).toEqual({ code: 0, stderr: '' });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
