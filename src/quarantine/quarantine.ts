import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitAtMost } from '../core/async/timeout';
import { StreamInferError } from '../core/errors';
import type { BatchResult, PackedBatch } from '../core/ports';
import { clockStart } from '../inference/clock';
import type { FromChild, QuarantineSettings, ToChild } from './quarantine-protocol';

/** How the child process ended on an image, as the end of a sentence. */
export interface Death {
  readonly kind: 'death';
  readonly how: string;
}

/** Suspects come in a row after a crash; the child stays for the next one for so long, ms. */
const LINGER_MS = 10_000;
/** A child that was killed is gone after this time, or cannot be waited for, ms. */
const EXIT_TIMEOUT_MS = 5_000;

/**
 * A child process that tries images one at a time, so that only the child dies of them. It is started for the first
 * image, kept while there are more, and replaced when it died.
 */
export class Quarantine {
  #child: ChildProcess | undefined;
  #line: Promise<unknown> = Promise.resolve();
  #linger: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    /** For the next child: what serves may have changed since the last one. */
    private readonly settings: () => QuarantineSettings,
    private readonly file: string = childFile(),
  ) {}

  /**
   * The image's result, or how the child died of it (or hung: it is given up in time). Rejects with NOT_READY (closed)
   * or RUNTIME_UNAVAILABLE (no child comes up: nothing is known about the image).
   */
  async classify(image: PackedBatch): Promise<BatchResult | Death> {
    const turn = this.#line.then(() => this.#tryNow(image));
    this.#line = turn.catch(() => undefined);
    return await turn;
  }

  /** Ends the child; images that wait are turned away with NOT_READY. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
    await this.#line;
  }

  async #tryNow(image: PackedBatch): Promise<BatchResult | Death> {
    clearTimeout(this.#linger);
    const child = await this.#ready();
    const { taskTimeoutMs, startTimeoutMs } = this.settings().pool;
    // Two tries, and a new worker in between.
    const ours = { ...image, clockStart: clockStart() };
    const reply = await ask(child, { kind: 'image', image: ours }, 2 * taskTimeoutMs + startTimeoutMs);
    this.#throwIfClosed();
    if (reply.kind === 'result') {
      this.#linger = setTimeout(() => void this.#end(), LINGER_MS).unref();
      return reply.result;
    }
    await this.#end();
    if (reply.kind === 'death') return reply;
    return { kind: 'death', how: `failed: ${'message' in reply ? reply.message : reply.kind}` };
  }

  async #ready(): Promise<ChildProcess> {
    this.#throwIfClosed();
    if (this.#child && isRunning(this.#child)) return this.#child;
    // Core dumps and messages of the dying belong on stderr; stdout is what the command prints.
    const child = fork(this.file, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    const settings = this.settings();
    const reply = await ask(child, { kind: 'settings', settings }, 2 * settings.pool.startTimeoutMs);
    this.#throwIfClosed();
    if (reply.kind === 'ready') return child;
    await this.#end();
    const why = reply.kind === 'death' ? `it ${reply.how}` : 'message' in reply ? reply.message : reply.kind;
    const message = `The child process for suspicious images does not start: ${why}.`;
    throw new StreamInferError('RUNTIME_UNAVAILABLE', message);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#linger);
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || !isRunning(child)) return;
    const gone = once(child, 'exit');
    // It holds nothing that wants to be put away, and may be hanging.
    child.kill('SIGKILL');
    await waitAtMost(gone, EXIT_TIMEOUT_MS);
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'The process is stopping.');
  }
}

/** What the child answers, or how it died instead. */
async function ask(child: ChildProcess, message: ToChild, timeoutMs: number): Promise<FromChild | Death> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const answers = Promise.race([
      once(child, 'message', { signal }).then(([reply]) => reply as FromChild),
      once(child, 'exit', { signal }).then(([code, name]) => toDeath(code as number, name as string | null)),
      sleep(timeoutMs, toHang(timeoutMs), { signal }),
    ]);
    // A child that is gone already says so by its exit; the failed send is no news.
    child.send(message, () => undefined);
    return await answers;
  } catch (error) {
    throw StreamInferError.from(error, 'RUNTIME_UNAVAILABLE', 'The child process for suspicious images: ');
  } finally {
    settled.abort();
  }
}

function toDeath(code: number | null, signal: string | null): Death {
  return { kind: 'death', how: signal === null ? `exited with code ${code}` : `was ended by ${signal}` };
}

function toHang(timeoutMs: number): Death {
  return { kind: 'death', how: `did not answer within ${timeoutMs} ms` };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** The compiled file beside this one, or in dist when this one runs as TypeScript: a process needs JavaScript. */
function childFile(): string {
  const beside = join(__dirname, 'quarantine-child.js');
  return existsSync(beside) ? beside : join(__dirname, '../../dist/quarantine/quarantine-child.js');
}
