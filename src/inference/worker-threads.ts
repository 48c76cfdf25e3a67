import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { waitAtMost } from '../core/async/timeout';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { ReadyReply, WorkerReply, WorkerSettings, WorkerTask } from './protocol';
import { RunGate } from './run-gate';
import { SharedChoice } from './shared-choice';
import { WorkerPermits } from './worker-permits';

export interface WorkerThreadsOptions {
  readonly file: string;
  readonly workers: number;
  readonly settings: Omit<WorkerSettings, 'gate' | 'choice'>;
  readonly startTimeoutMs: number;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal | undefined;
  readonly log: Log;
  readonly onWorkerLost: (error: StreamInferError) => void;
}

/** Batches that may wait for a worker, for each worker. The batcher keeps one; single retries and HTTP come on top. */
const MAX_WAITING_PER_WORKER = 16;

/** A thread inside a native call exits only when that returns; `close` does not wait for ever, ms. */
const EXIT_TIMEOUT_MS = 5_000;

/** A thread that can be ended at all is gone by then, ms. */
const GONE_TIMEOUT_MS = 1_000;

/**
 * JavaScript heap of one worker, MiB. It needs some ten; a JSON envelope of 20 MB some hundred. Tensors and decoded pixels
 * do not count, they lie outside of the heap.
 */
const MAX_HEAP_MB = 512;

/** Replacements that may die while they load, one after the other, before the threads go on with fewer. */
const MAX_FAILED_LOADS = 3;

/** What Piscina takes for a signal as well; an AbortController costs ten times as much, for each batch. */
class Deadline extends EventEmitter {
  aborted = false;

  abort(): void {
    this.aborted = true;
    this.emit('abort');
  }
}

/**
 * A fixed number of worker threads that are loaded and warm, around Piscina: a task runs on a worker or fails within its
 * time, and a worker that dies is replaced.
 *
 * Piscina says `workerDestroy` when a thread is gone and `workerCreate` when its replacement has loaded. If that one dies
 * while it loads, Piscina never starts another thread by itself again: we make it. If none comes up within `startTimeoutMs`,
 * or too many die, the threads go on with fewer; with none left they are broken for good, and every task is turned away
 * with RUNTIME_UNAVAILABLE instead of waiting for ever.
 */
export class WorkerThreads {
  readonly #piscina: Piscina<WorkerTask, WorkerReply>;
  readonly #permits: WorkerPermits;
  readonly #replacements = new Set<NodeJS.Timeout>();
  /** Threads that have not exited yet, also those that Piscina has given up and forgotten. */
  readonly #threads = new Set<Worker>();
  /** Of them, those that came up and are not known to be gone. */
  readonly #loaded = new Set<Worker>();
  /** In a row. */
  #failedLoads = 0;
  readonly #gate = new RunGate();
  /** Also when the process ends in another way than by `close`. */
  readonly #onExit = (): void => this.#gate.close();
  /** Tasks that took too long and whose threads are being ended. */
  readonly #givenUp = new Set<Deadline>();
  #closing = false;

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
        choice: new SharedChoice().memory,
      } satisfies WorkerSettings,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    this.#piscina.on('workerCreate', ({ id }: { id: number }) => this.#workerUp(id));
    this.#watchThreads();
    this.#piscina.on('workerDestroy', ({ id }: { id: number }) => this.#workerGone(id));
    // A worker that dies while idle; `workerDestroy` comes as well and does what is to be done.
    this.#piscina.on('error', (error: unknown) => this.#logLost(error));
  }

  /**
   * Resolves when every worker is warm, with what they say. Rejects with the worker's own code, with RUNTIME_UNAVAILABLE after `startTimeoutMs`, or
   * with NOT_READY when `signal` aborts.
   */
  static async start(
    options: WorkerThreadsOptions,
  ): Promise<{ threads: WorkerThreads; replies: readonly [ReadyReply, ...ReadyReply[]] }> {
    const { signal } = options;
    if (signal?.aborted) throw new StreamInferError('NOT_READY', 'The start was given up.');
    const threads = new WorkerThreads(options);
    const giveUp = (): void => void threads.close();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      // As many at once as there are workers, and each takes only one: so every worker answers for itself.
      const others = Array.from({ length: options.workers - 1 }, () => threads.#hello());
      const replies = await Promise.all([threads.#hello(), ...others]);
      return { threads, replies };
    } catch (error) {
      await threads.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Runs a task when a worker is free; deriving when nothing else wants it. Rejects with WORKER_CRASH, WORKER_TIMEOUT, OVERLOADED, NOT_READY or RUNTIME_UNAVAILABLE. */
  async run(task: WorkerTask, timeoutMs: number, onStart: () => void): Promise<WorkerReply> {
    await this.#permit(task);
    onStart();
    try {
      const reply = await this.#post(task, timeoutMs);
      if (reply.kind === 'unusable') throw this.#break(reply.message);
      return reply;
    } finally {
      this.#permits.giveBack();
    }
  }

  #permit(task: WorkerTask): Promise<void> {
    if (task.kind === 'derive') return this.#permits.takePatiently();
    return this.#permits.take(task.kind === 'batch' && task.batch.urgent);
  }

  /** Ends all threads; tasks that run or wait are turned away with NOT_READY. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#replacements) clearTimeout(timer);
    this.#permits.close(new StreamInferError('NOT_READY', 'The worker pool is closed.'));
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
      const what = `A worker with ${this.options.settings.runtime} did not start: ${messageOf(error)}`;
      throw new StreamInferError('RUNTIME_UNAVAILABLE', what, { cause: error });
    });
    if (reply.kind === 'ready') return reply;
    if (reply.kind === 'unusable') throw new StreamInferError(reply.code, reply.message);
    throw new StreamInferError('INTERNAL', `A worker said ${reply.kind} instead of ready.`);
  }

  async #post(task: WorkerTask, timeoutMs: number): Promise<WorkerReply> {
    const deadline = new Deadline();
    const timer = setTimeout(() => this.#giveUp(deadline), timeoutMs);
    try {
      // Cloned, not transferred: a worker that crashes would take the only copy of the images with it.
      return await this.#piscina.run(task, { signal: deadline });
    } catch (error) {
      throw this.#toLoss(error, deadline.aborted, timeoutMs);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Aborting a task that runs ends its thread. The others wait at the gate until that one is gone. */
  #giveUp(task: Deadline): void {
    this.#gate.close();
    this.#givenUp.add(task);
    task.abort();
    // A task that was still waiting had no thread to end.
    setTimeout(() => this.#gone(task), GONE_TIMEOUT_MS).unref();
  }

  #gone(task: Deadline | undefined): void {
    if (task) this.#givenUp.delete(task);
    if (this.#givenUp.size === 0 && !this.#closing) this.#gate.open();
  }

  #toLoss(error: unknown, late: boolean, timeoutMs: number): StreamInferError {
    if (late)
      return new StreamInferError('WORKER_TIMEOUT', `A worker did not answer within ${timeoutMs} ms.`);
    if (this.#closing)
      return new StreamInferError('NOT_READY', 'The worker pool was closed.', { cause: error });
    return new StreamInferError('WORKER_CRASH', `A worker died: ${messageOf(error)}`, { cause: error });
  }

  /**
   * Piscina's `destroy` does not wait for a thread that it gave up before, and when that one exits afterwards, it starts a
   * replacement in the pool that is no more. So `close` waits for every thread's exit, and then destroys once again.
   */
  #watchThreads(): void {
    for (const thread of this.#piscina.threads) {
      if (this.#threads.has(thread)) continue;
      this.#threads.add(thread);
      thread.once('exit', () => {
        this.#threads.delete(thread);
        const [oldest] = this.#givenUp;
        this.#gone(oldest);
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

  /** @param id -1 if it has exited; Node gives all of those the same one */
  #workerGone(id: number): void {
    if (this.#closing) return;
    const thread = [...this.#loaded].find(({ threadId }) => threadId === id);
    if (thread === undefined) this.#failedLoads++;
    else {
      this.#loaded.delete(thread);
      this.#workerLost();
    }
    // When Piscina has started a replacement, or not.
    setImmediate(() => this.#replaceMissing());
  }

  #workerLost(): void {
    this.#permits.workerLost();
    const timer = setTimeout(() => this.#replacementMissing(timer), this.options.startTimeoutMs);
    this.#replacements.add(timer);
    this.options.onWorkerLost(
      new StreamInferError('WORKER_CRASH', 'A worker was lost and is being replaced.'),
    );
  }

  #replaceMissing(): void {
    const threads = this.#piscina.threads.length;
    if (this.#closing || threads >= this.options.workers) return;
    if (this.#failedLoads > MAX_FAILED_LOADS) {
      const [waitedFor] = this.#replacements;
      if (waitedFor !== undefined) this.#replacementMissing(waitedFor);
      return;
    }
    this.options.log.warn({ threads }, 'A worker died while it loaded; another one is started.');
    // Piscina starts a thread when no other one is free for a task: one task for each thread that there is, and one more.
    for (let i = 0; i <= threads; i++) {
      this.#hello().catch((error: unknown) => {
        if (!this.#closing)
          this.options.log.debug({ error: messageOf(error) }, 'a new worker did not answer');
      });
    }
  }

  #replacementMissing(timer: NodeJS.Timeout): void {
    this.#forget(timer);
    const left = this.#permits.live;
    const message = `A lost worker could not be replaced (tried for up to ${this.options.startTimeoutMs} ms); ${left} left.`;
    this.options.log.error({ workers: left }, message);
    if (left === 0) this.#break(message);
  }

  #break(message: string): StreamInferError {
    const error = new StreamInferError('RUNTIME_UNAVAILABLE', `The worker pool is broken: ${message}`);
    this.options.log.error({ code: error.code }, error.message);
    this.#permits.close(error);
    return error;
  }

  #logLost(error: unknown): void {
    this.options.log.warn(
      { error: messageOf(error) },
      'A worker died while it was idle; it is being replaced.',
    );
  }

  #forget(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#replacements.delete(timer);
  }
}
