import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const MAIN = resolve(__dirname, '../../dist/cli/main.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program as a child process with a separate environment and home. */
export class Cli {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string) {
    const home = mkdtempSync(join(tmpdir(), 'stream-infer-cli-'));
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd: cwd ?? home,
      env: { ...process.env, XDG_DATA_HOME: home, NO_COLOR: '1', KAFKA_BOOTSTRAP_SERVERS: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.finished = new Promise((done) =>
      this.child.once('close', (code, signal) =>
        done({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      ),
    );
  }

  get url(): string {
    const url = /on (http:\S+)/.exec(this.stderr)?.[1];
    if (!url) throw new Error(`no address yet:\n${this.stderr}`);
    return url;
  }

  /** Waits until `/readyz` responds with status 200. */
  async ready(timeoutMs = 60_000): Promise<this> {
    await until(
      async () => (await fetch(`${this.url}/readyz`)).ok,
      timeoutMs,
      () => this.stderr,
    );
    return this;
  }

  async json<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.url}${path}`)).json()) as T;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    this.child.kill(signal);
    return await this.finished;
  }
}

/** Runs a command to its end, in an empty folder unless another one is given. */
export async function cli(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd?: string,
): Promise<Finished> {
  return await new Cli(args, env, cwd).finished;
}

/** Waits for a condition; an exception counts as false. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  timeoutMs: number,
  explain: () => string,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      if (await condition()) return;
    } catch {
      // Not yet.
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${explain()}`);
    await sleep(25);
  }
}
