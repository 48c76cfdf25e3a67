import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { waitAtMost } from '../core/async/timeout';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { ReadyReply, WorkerReply, WorkerSettings, WorkerTask } from './protocol';
import { RunGate } from './run-gate';
import { SharedChoice } from './shared-choice';
import { SharedLock } from './shared-lock';
import { PoolSize } from './pool-size';
import { TaskDeadline, TimeOuts } from './time-outs';
import { WorkerPermits } from './worker-permits';

export interface WorkerThreadsOptions {
  readonly file: string;
  readonly workers: number;
  readonly settings: Omit<WorkerSettings, 'gate' | 'lock' | 'choice'>;
  readonly startTimeoutMs: number;
  /** Aborts a start in progress. */
  readonly signal?: AbortSignal | undefined;
  readonly log: Log;
  readonly onWorkerLost: (error: StreamInferError) => void;
}

/** Batches that may wait, per worker. The batcher keeps one; retries of single images and HTTP add more. */
const MAX_WAITING_PER_WORKER = 16;

/** A thread inside a native call exits only when the call returns; `close` waits at most this long, ms. */
const EXIT_TIMEOUT_MS = 5_000;

/**
 * JavaScript heap of one worker, MiB. It needs about 10, and about 100 for a JSON envelope of 20 MB. Tensors and decoded
 * pixels are outside the heap.
 */
const MAX_HEAP_MB = 512;

/** Consecutive replacements that may die while loading before the pool continues with fewer threads. */
const MAX_FAILED_LOADS = 3;

/** For all pools: the native libraries are shared by all threads. */
const LOCK = new SharedLock();

/**
 * Warm worker threads on top of Piscina. A task runs on a worker or fails within its time limit,
 * and a dead worker is replaced.
 *
 * Piscina emits `workerDestroy` when a thread has exited and `workerCreate` when its replacement has loaded. If the
 * replacement dies while loading, Piscina never starts another thread on its own, so this class makes it start one.
 * If none loads within `startTimeoutMs`, or too many die, the pool continues with fewer threads. With none left it is
 * broken, and every task is rejected with POOL_BROKEN instead of waiting forever.
 */
export class WorkerThreads {
  readonly #piscina: Piscina<WorkerTask, WorkerReply>;
  readonly #permits: WorkerPermits;
  readonly #replacements = new Set<NodeJS.Timeout>();
  /** Threads that have not exited yet, including those Piscina no longer tracks. */
  readonly #threads = new Set<Worker>();
  /** Of these, the threads that loaded and have not been reported as destroyed. */
  readonly #loaded = new Set<Worker>();
  /** In a row. */
  #failedLoads = 0;
  readonly #gate = new RunGate();
  /** Covers a process exit without `close`. */
  readonly #onExit = (): void => this.#gate.close();
  readonly #timeOuts = new TimeOuts(this.#gate);
  #closing = false;
  readonly #size: PoolSize;
  /** Threads that were asked to end. */
  #leaving = 0;

  private constructor(private readonly options: WorkerThreadsOptions) {
    process.once('exit', this.#onExit);
    this.#permits = new WorkerPermits(options.workers * MAX_WAITING_PER_WORKER);
    this.#piscina = new Piscina<WorkerTask, WorkerReply>({
      filename: options.file,
      minThreads: options.workers,
      maxThreads: options.workers,
      concurrentTasksPerWorker: 1,
      maxQueue: options.workers,
      idleTimeout: Infinity,
      recordTiming: false,
      workerData: {
        ...options.settings,
        gate: this.#gate.memory,
        lock: LOCK.memory,
        choice: new SharedChoice().memory,
      } satisfies WorkerSettings,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    this.#piscina.on('workerCreate', ({ id }: { id: number }) => this.#workerUp(id));
    this.#size = new PoolSize(this.#piscina, {
      hello: () => this.#hello(),
      leave: () => this.#leave(),
      onLimit: (workers) => this.#permits.limitWaiting(workers * MAX_WAITING_PER_WORKER),
    });
    this.#watchThreads();
    this.#piscina.on('workerDestroy', ({ id }: { id: number }) => this.#workerGone(id));
    // A worker died while idle; `workerDestroy` follows and triggers the replacement.
    this.#piscina.on('error', (error: unknown) => this.#logLost(error));
  }

  /**
   * Resolves with the workers' replies when all are warm. Rejects with the worker's own code, with RUNTIME_UNAVAILABLE
   * after `startTimeoutMs`, or with NOT_READY if `signal` aborts.
   */
  static async start(
    options: WorkerThreadsOptions,
  ): Promise<{ threads: WorkerThreads; replies: readonly [ReadyReply, ...ReadyReply[]] }> {
    const { signal } = options;
    if (signal?.aborted) throw new StreamInferError('NOT_READY', 'the start was aborted');
    const threads = new WorkerThreads(options);
    const abort = (): void => void threads.close();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      // One task per worker at the same time, so every worker answers once.
      const others = Array.from({ length: options.workers - 1 }, () => threads.#hello());
      const replies = await Promise.all([threads.#hello(), ...others]);
      return { threads, replies };
    } catch (error) {
      await threads.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * Runs a task when a worker is free; deriving images has low priority. Rejects with WORKER_CRASH, WORKER_TIMEOUT,
   * OVERLOADED, NOT_READY or POOL_BROKEN.
   */
  async run(task: WorkerTask, timeoutMs: number, onStart: () => void): Promise<WorkerReply> {
    await this.#permit(task);
    onStart();
    try {
      const reply = await this.#post(task, timeoutMs);
      if (reply.kind === 'unusable') throw this.#break(reply.message);
      return reply;
    } finally {
      this.#permits.release();
    }
  }

  /** Starts or ends threads. Rejects as the start does. Not twice at a time. */
  async resize(workers: number): Promise<void> {
    await this.#size.change(workers);
  }

  async #leave(): Promise<void> {
    await this.#permits.acquireLowPriority();
    this.#leaving++;
    // The end of the thread is its answer.
    await this.#post({ kind: 'leave' }, EXIT_TIMEOUT_MS).catch(() => undefined);
    this.#permits.release();
  }

  #permit(task: WorkerTask): Promise<void> {
    if (task.kind === 'derive') return this.#permits.acquireLowPriority();
    return this.#permits.acquire(task.kind === 'numbers' || (task.kind === 'batch' && task.batch.urgent));
  }

  /** Terminates all threads; running and waiting tasks are rejected with NOT_READY. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#timeOuts.close();
    for (const timer of this.#replacements) clearTimeout(timer);
    this.#permits.close(new StreamInferError('NOT_READY', 'the worker pool is closed'));
    const exits = [...this.#threads].map((thread) => new Promise((resolve) => thread.once('exit', resolve)));
    this.#gate.close();
    await this.#piscina.destroy();
    await waitAtMost(Promise.all(exits), EXIT_TIMEOUT_MS);
    await this.#piscina.destroy();
    process.off('exit', this.#onExit);
  }

  async #hello(): Promise<ReadyReply> {
    const reply = await this.#post({ kind: 'hello' }, this.options.startTimeoutMs).catch((error: unknown) => {
      if (this.#closing) throw error;
      const message = `a worker with ${this.options.settings.runtime} did not start: ${messageOf(error)}`;
      throw new StreamInferError('RUNTIME_UNAVAILABLE', message, { cause: error });
    });
    if (reply.kind === 'ready') return reply;
    if (reply.kind === 'unusable') throw new StreamInferError(reply.code, reply.message);
    throw new StreamInferError('INTERNAL', `a worker replied ${reply.kind} instead of ready`);
  }

  async #post(task: WorkerTask, timeoutMs: number): Promise<WorkerReply> {
    const deadline = new TaskDeadline();
    const timer = setTimeout(() => this.#timeOuts.end(deadline), timeoutMs);
    try {
      // Cloned, not transferred: the only copy of the images would be lost in a worker crash.
      return await this.#piscina.run(task, { signal: deadline });
    } catch (error) {
      throw this.#toLoss(error, deadline.aborted, timeoutMs);
    } finally {
      clearTimeout(timer);
    }
  }

  #toLoss(error: unknown, late: boolean, timeoutMs: number): StreamInferError {
    if (late) return new StreamInferError('WORKER_TIMEOUT', `a worker did not answer within ${timeoutMs} ms`);
    if (this.#closing)
      return new StreamInferError('NOT_READY', 'the worker pool was closed', { cause: error });
    return new StreamInferError('WORKER_CRASH', `a worker died: ${messageOf(error)}`, { cause: error });
  }

  /**
   * Piscina's `destroy` does not wait for a thread of an aborted task, and starts a replacement when that thread exits.
   * So `close` waits for the exit of every thread, then calls `destroy` again.
   */
  #watchThreads(): void {
    for (const thread of this.#piscina.threads) {
      if (this.#threads.has(thread)) continue;
      this.#threads.add(thread);
      thread.once('exit', () => {
        this.#threads.delete(thread);
        this.#timeOuts.threadExited();
      });
    }
  }

  #workerUp(id: number): void {
    const thread = this.#piscina.threads.find(({ threadId }) => threadId === id);
    if (thread !== undefined) this.#loaded.add(thread);
    this.#failedLoads = 0;
    this.#watchThreads();
    const [waitedFor] = this.#replacements;
    if (waitedFor !== undefined) this.#forget(waitedFor);
    this.#permits.workerUp();
  }

  /** @param id -1 if the thread has exited: Node uses the same id for all of these */
  #workerGone(id: number): void {
    if (this.#closing) return;
    const thread = [...this.#loaded].find(({ threadId }) => threadId === id);
    if (thread === undefined) this.#failedLoads++;
    else {
      this.#loaded.delete(thread);
      if (this.#leaving > 0) this.#left();
      else this.#workerLost();
    }
    // After Piscina had its chance to start a replacement.
    setImmediate(() => this.#replaceMissing());
  }

  #left(): void {
    this.#leaving--;
    this.#permits.workerLost();
  }

  #workerLost(): void {
    this.#permits.workerLost();
    const timer = setTimeout(() => this.#replacementMissing(timer), this.options.startTimeoutMs);
    this.#replacements.add(timer);
    this.options.onWorkerLost(new StreamInferError('WORKER_CRASH', 'a worker died and is being replaced'));
  }

  #replaceMissing(): void {
    const threads = this.#piscina.threads.length;
    if (this.#closing || threads >= this.#size.wanted) return;
    if (this.#failedLoads > MAX_FAILED_LOADS) {
      const [waitedFor] = this.#replacements;
      if (waitedFor !== undefined) this.#replacementMissing(waitedFor);
      return;
    }
    this.options.log.warn({ threads }, 'worker died while loading; starting another one');
    // Piscina starts a thread if no thread is free for a task: one task per existing thread, and one more.
    for (let i = 0; i <= threads; i++) {
      this.#hello().catch((error: unknown) => {
        if (!this.#closing) this.options.log.debug({ error: messageOf(error) }, 'new worker did not answer');
      });
    }
  }

  #replacementMissing(timer: NodeJS.Timeout): void {
    this.#forget(timer);
    const left = this.#permits.live;
    const message = `a dead worker could not be replaced within ${this.options.startTimeoutMs} ms; ${left} left`;
    this.options.log.error({ workers: left }, message);
    if (left === 0) this.#break(message);
  }

  #break(message: string): StreamInferError {
    const error = new StreamInferError('POOL_BROKEN', `the worker pool is broken: ${message}`);
    this.options.log.error({ code: error.code }, error.message);
    this.#permits.close(error);
    return error;
  }

  #logLost(error: unknown): void {
    this.options.log.warn({ error: messageOf(error) }, 'worker died while idle; replacing it');
  }

  #forget(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#replacements.delete(timer);
  }
}
