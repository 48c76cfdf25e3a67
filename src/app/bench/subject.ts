import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from '../../core/errors';

const READY_TIMEOUT_MS = 60_000;

/** The program under measurement: `stream-infer run` as a process of its own, as users run it. */
export class Subject {
  readonly rssBytes: number[] = [];
  readonly #exited: Promise<number | null>;
  readonly #sampler: NodeJS.Timeout;
  #stderr = '';

  private constructor(private readonly child: ChildProcess) {
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#sampler = setInterval(() => this.#sampleRss(), 500);
  }

  static async start(args: readonly string[]): Promise<Subject> {
    const main = join(__dirname, '..', '..', 'cli', 'main.js');
    const child = spawn(
      process.execPath,
      [main, 'run', '--no-demo', '--no-store', '--port', '0', '--log-level', 'warn', ...args],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const subject = new Subject(child);
    try {
      await subject.#ready();
      return subject;
    } catch (error) {
      await subject.stop();
      throw error;
    }
  }

  get url(): string | undefined {
    return /on (http:\S+)/.exec(this.#stderr)?.[1];
  }

  /** Drains it; the exit code. */
  async stop(): Promise<number | null> {
    clearInterval(this.#sampler);
    this.child.kill('SIGTERM');
    return await this.#exited;
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < deadline && this.child.exitCode === null) {
      if (this.url && (await isReady(this.url))) return;
      await sleep(20);
    }
    throw new StreamInferError(
      'NOT_READY',
      `the measured process did not get ready:\n${this.#stderr.slice(-2000)}`,
    );
  }

  #sampleRss(): void {
    try {
      const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))?.[1];
      if (kib) this.rssBytes.push(Number(kib) * 1024);
    } catch {
      // Ended between two samples, or a system without /proc.
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
