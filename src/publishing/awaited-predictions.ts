import { Deferred } from '../core/async/deferred';
import { decodePrediction } from '../codec/decode-prediction';
import { deadline } from '../core/async/deadline';
import { StreamInferError, messageOf } from '../core/errors';
import { headerText } from '../core/message';
import type { Log, MessageSource } from '../core/ports';
import type { Prediction } from '../core/prediction';

/** Copied to the predictions, which links them to the images of one publish request. */
export const JOB_HEADER = 'publish-job';
const OPEN_TIMEOUT_MS = 15_000;
/** An idle reader stays open this long for the next request. */
const IDLE_MS = 10_000;
const MOST_AT_ONCE = 512;

export interface OpenSource {
  readonly source: MessageSource;
  /** Closes everything opened for the source. */
  readonly close: () => Promise<void>;
}

/** The predictions of images with one value of `JOB_HEADER`. */
export interface AwaitedPredictions {
  /**
   * Resolves with all predictions by the header `index`, without duplicates. Rejects with TIMEOUT when the signal
   * aborts first.
   */
  all(): Promise<ReadonlyMap<number, Prediction>>;
  /** Must be called in every case. */
  end(): void;
}

interface Waiting {
  readonly count: number;
  readonly found: Map<number, Prediction>;
  /** Resolves when all predictions have arrived. */
  readonly done: Deferred;
}

/**
 * One reader of the predictions topic for all requests that wait for predictions. It is opened for the first request
 * and closed a few seconds after the last one.
 */
export class PredictionReader {
  readonly #waiting = new Map<string, Waiting>();
  readonly #stop = new AbortController();
  #opened: Promise<void> | null = null;
  #reading: Promise<void> = Promise.resolve();

  /** @param connect creates an unopened source that starts at the end of the topic */
  constructor(
    private readonly connect: () => Promise<OpenSource>,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when the reader is open: messages published from then on are found. Rejects like the source's `open`, with
   * ABORTED if that takes too long, or with TIMEOUT when `signal` aborts.
   */
  async await(tag: string, count: number, signal: AbortSignal): Promise<AwaitedPredictions> {
    const found = new Map<number, Prediction>();
    const done = new Deferred();
    this.#waiting.set(tag, { count, found, done });
    signal.addEventListener('abort', () => done.reject(late(found.size, count)), { once: true });
    if (signal.aborted) done.reject(late(0, count));
    const end = (): void => void this.#waiting.delete(tag);
    this.#opened ??= this.#open();
    try {
      // Before publishing, `done` can only reject.
      await Promise.race([this.#opened, done.promise]);
    } catch (error) {
      end();
      throw error;
    }
    return { all: () => done.promise.then(() => found), end };
  }

  /** Pending requests are rejected with NOT_READY. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#failAll(new StreamInferError('NOT_READY', 'the process is stopping'));
    await this.#opened?.catch(() => undefined);
    await this.#reading;
  }

  async #open(): Promise<void> {
    try {
      const { source, close } = await this.connect();
      try {
        await source.open(deadline(OPEN_TIMEOUT_MS, this.#stop.signal));
      } catch (error) {
        await source.close().finally(close);
        throw error;
      }
      this.#reading = this.#read(source).finally(() => this.#release(source, close));
    } catch (error) {
      this.#opened = null;
      throw error;
    }
  }

  /** No await between the decision to end and `#opened = null`, or a request could join a closing reader. */
  async #read(source: MessageSource): Promise<void> {
    let lastUsed = performance.now();
    try {
      while (!this.#stop.signal.aborted) {
        if (this.#waiting.size > 0) lastUsed = performance.now();
        else if (performance.now() - lastUsed > IDLE_MS) break;
        for (const { headers, value } of await source.receive(MOST_AT_ONCE, this.#stop.signal)) {
          const waiting = this.#waiting.get(headerText(headers, JOB_HEADER) ?? '');
          if (waiting) take(waiting, Number(headerText(headers, 'index')), value);
        }
      }
    } catch (error) {
      this.#failAll(StreamInferError.from(error));
    }
    this.#opened = null;
  }

  async #release(source: MessageSource, close: () => Promise<void>): Promise<void> {
    await source
      .close()
      .finally(close)
      .catch((error: unknown) =>
        this.log.warn({ error: messageOf(error) }, 'closing a reader of predictions failed'),
      );
  }

  #failAll(error: Error): void {
    for (const { done } of this.#waiting.values()) done.reject(error);
    this.#waiting.clear();
  }
}

function take({ count, found, done }: Waiting, index: number, value: Buffer | null): void {
  const decoded = decodePrediction(value);
  if ('problem' in decoded) return;
  found.set(index, decoded.value);
  if (found.size >= count) done.resolve();
}

function late(found: number, count: number): StreamInferError {
  return new StreamInferError('TIMEOUT', `only ${found} of ${count} predictions arrived in time`);
}
