import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitAtMost } from '../core/async/timeout';
import { StreamInferError } from '../core/errors';
import type { BatchResult, PackedBatch } from '../core/classification';
import { CLOCK_START } from '../inference/clock';
import type { FromChild, QuarantineSettings, ToChild } from './quarantine-protocol';

/** How the child process ended; `how` is the end of a sentence. */
export interface Death {
  readonly kind: 'death';
  readonly how: string;
}

/** An idle child is kept for the next suspected image for this time, ms. */
const LINGER_MS = 10_000;
/** Longest wait for the exit of a killed child, ms. */
const EXIT_TIMEOUT_MS = 5_000;

/**
 * Classifies suspected images one at a time in a child process, so that only the child can crash. The child is started for
 * the first image and replaced after a crash.
 */
export class Quarantine {
  #child: ChildProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #linger: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    /** Read for each new child, since the active model may have changed. */
    private readonly settings: () => QuarantineSettings,
    private readonly file: string = childFile(),
  ) {}

  /**
   * Resolves with the image's result, or with the death of the child (a hang counts after its time-out). Rejects with
   * NOT_READY (closed) or RUNTIME_UNAVAILABLE (the child does not start, so nothing is known about the image).
   */
  async classify(image: PackedBatch): Promise<BatchResult | Death> {
    const turn = this.#queue.then(() => this.#classifyNow(image));
    this.#queue = turn.catch(() => undefined);
    return await turn;
  }

  /** Ends the child; waiting images are rejected with NOT_READY. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
    await this.#queue;
  }

  async #classifyNow(image: PackedBatch): Promise<BatchResult | Death> {
    clearTimeout(this.#linger);
    const child = await this.#ready();
    const { taskTimeoutMs, startTimeoutMs } = this.settings().pool;
    // Two attempts and the start of a new worker in between.
    const timed = { ...image, clockStart: CLOCK_START };
    const reply = await ask(child, { kind: 'image', image: timed }, 2 * taskTimeoutMs + startTimeoutMs);
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
    // Messages of a crashing child belong on stderr; stdout is the output of the command.
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
    const message = `the child process of the quarantine does not start: ${why}`;
    throw new StreamInferError('RUNTIME_UNAVAILABLE', message);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#linger);
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || !isRunning(child)) return;
    const gone = once(child, 'exit');
    // It has no state to save, and it may hang.
    child.kill('SIGKILL');
    await waitAtMost(gone, EXIT_TIMEOUT_MS);
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'the process is stopping');
  }
}

/** Resolves with the child's answer, or with its death. */
async function ask(child: ChildProcess, message: ToChild, timeoutMs: number): Promise<FromChild | Death> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const answers = Promise.race([
      once(child, 'message', { signal }).then(([reply]) => reply as FromChild),
      once(child, 'exit', { signal }).then(([code, name]) => toDeath(code as number, name as string | null)),
      sleep(timeoutMs, toHang(timeoutMs), { signal }),
    ]);
    // A failed send means that the child has exited, which the exit event reports.
    child.send(message, () => undefined);
    return await answers;
  } catch (error) {
    throw StreamInferError.from(error, 'RUNTIME_UNAVAILABLE', 'the child process of the quarantine: ');
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

/** The compiled file next to this one, or in dist when this file runs as TypeScript. */
function childFile(): string {
  const compiled = join(__dirname, 'quarantine-child.js');
  return existsSync(compiled) ? compiled : join(__dirname, '../../dist/quarantine/quarantine-child.js');
}
