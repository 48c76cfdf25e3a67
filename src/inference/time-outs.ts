import { EventEmitter } from 'node:events';
import type { RunGate } from './run-gate';

/** A thread that can be terminated has exited by then, ms. */
const GONE_TIMEOUT_MS = 1_000;

/** Accepted by Piscina as a signal; an AbortController per batch costs ten times as much. */
export class TaskDeadline extends EventEmitter {
  aborted = false;

  abort(): void {
    this.aborted = true;
    this.emit('abort');
  }
}

/** Terminates the threads of timed-out tasks; the other threads wait at the gate until these have exited. */
export class TimeOuts {
  /** Tasks whose threads are being terminated. */
  readonly #tasks = new Set<TaskDeadline>();
  #closed = false;

  constructor(private readonly gate: RunGate) {}

  /** Aborting a running task terminates its thread. */
  end(task: TaskDeadline): void {
    this.gate.close();
    this.#tasks.add(task);
    task.abort();
    // A task that had not started has no thread whose exit reopens the gate.
    setTimeout(() => this.#gone(task), GONE_TIMEOUT_MS).unref();
  }

  threadExited(): void {
    const [oldest] = this.#tasks;
    this.#gone(oldest);
  }

  /** The gate stays as it is from now on. */
  close(): void {
    this.#closed = true;
  }

  #gone(task: TaskDeadline | undefined): void {
    if (task) this.#tasks.delete(task);
    if (this.#tasks.size === 0 && !this.#closed) this.gate.open();
  }
}
