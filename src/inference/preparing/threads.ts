import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { DecodeOutcome } from '../../codec/decode-item';
import { Semaphore } from '../../core/async/semaphore';
import { StreamInferError, messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';
import { compiledFile } from '../compiled-file';
import type { OutsideImage } from '../outside-image';
import type { HttpRequest } from '../remote/http-caller';
import type { DecodeTask, PreparingReply, PreparingSettings, PreparingTask } from './protocol';

/** Time-out of one task in its thread, ms. A photo of 24 megapixels takes about 0.7 s. */
const TASK_TIMEOUT_MS = 30_000;
/** JavaScript heap of one thread, MiB. Decoded pixels are outside of it. */
const MAX_HEAP_MB = 512;

export interface PreparingOptions {
  readonly settings: PreparingSettings;
  /** Calls of the model at a time; more threads would not be used. */
  readonly calls: number;
  readonly log: Log;
  /** Time-out of one task in its thread, ms. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Threads that decode large images for a model outside of this process. They also write its large requests and read its
 * large answers, since the main thread does I/O only. They start with the first task, so small images cost no thread.
 *
 * A task rejects with WORKER_CRASH or WORKER_TIMEOUT when its thread is lost, which is replaced, and with NOT_READY once
 * closed.
 */
export class PreparingThreads {
  readonly #permits: Semaphore;
  readonly #most: number;
  #piscina: Piscina<PreparingTask, PreparingReply> | undefined;
  #isClosed = false;

  constructor(private readonly options: PreparingOptions) {
    this.#most = Math.max(1, Math.min(options.calls, availableParallelism()));
    this.#permits = new Semaphore(this.#most);
  }

  /** Copies the bytes when a thread is free. */
  async decode({ bytes, ...options }: Omit<DecodeTask, 'kind'>): Promise<DecodeOutcome> {
    const reply = await this.#run(() => ({ kind: 'decode', bytes: bytes.slice(), ...options }));
    if (reply.kind === 'decoded') return reply.outcome;
    throw unexpected(reply);
  }

  /** The same. */
  async write(images: readonly OutsideImage[]): Promise<HttpRequest> {
    const reply = await this.#run(() => ({ kind: 'request', images: images.map(copyOf) }));
    if (reply.kind !== 'written') throw unexpected(reply);
    const { url, body, ...request } = reply.request;
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return { ...request, url: new URL(url), body: bytes };
  }

  /** Rejects with an error with a sentence for an answer that is not what the protocol says. */
  async read(body: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    const reply = await this.#run(() => ({ kind: 'scores', body, n }));
    if (reply.kind === 'read') return reply.scores;
    throw reply.kind === 'threw' ? new Error(reply.message) : unexpected(reply);
  }

  /** Running and waiting tasks reject with NOT_READY. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#piscina?.destroy();
  }

  /** A task waits before it is made, so that waiting ones cost no memory, and their time does not run. */
  async #run(make: () => PreparingTask): Promise<PreparingReply> {
    const release = await this.#permits.acquire();
    const { timeoutMs = TASK_TIMEOUT_MS } = this.options;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      if (this.#isClosed) throw stopping();
      return await this.#threads().run(make(), { signal: deadline.signal });
    } catch (error) {
      if (this.#isClosed) throw stopping();
      if (deadline.signal.aborted)
        throw new StreamInferError('WORKER_TIMEOUT', `an image was not prepared within ${timeoutMs} ms`);
      throw new StreamInferError('WORKER_CRASH', `a preparing thread died: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  #threads(): Piscina<PreparingTask, PreparingReply> {
    return (this.#piscina ??= this.#start());
  }

  #start(): Piscina<PreparingTask, PreparingReply> {
    const piscina = new Piscina<PreparingTask, PreparingReply>({
      filename: compiledFile('preparing/worker.js'),
      minThreads: 1,
      maxThreads: this.#most,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
      recordTiming: false,
      workerData: this.options.settings,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    piscina.on('error', (error: unknown) =>
      this.options.log.warn({ error: messageOf(error) }, 'preparing thread died; replacing it'),
    );
    return piscina;
  }
}

/** Sending a view would clone the memory of the whole batch. */
function copyOf({ pixels, value, format }: OutsideImage): OutsideImage {
  return { pixels: pixels.slice(), value: value.slice(), format };
}

function stopping(): StreamInferError {
  return new StreamInferError('NOT_READY', 'the process is stopping');
}

function unexpected(reply: PreparingReply): StreamInferError {
  const message = 'message' in reply ? reply.message : `a thread replied ${reply.kind}`;
  return new StreamInferError('WORKER_CRASH', `an image could not be prepared: ${message}`);
}
