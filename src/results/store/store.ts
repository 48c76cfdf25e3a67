import { Worker } from 'node:worker_threads';
import { StreamInferError, messageOf } from '../../core/errors';
import type { Log, OutcomeObserver } from '../../core/ports';
import type { Outcome } from '../../core/prediction';
import type { Confusion, Minute, PredictionFilter, StoredPrediction, StoredResults } from '../view';
import { buffersOf } from './chunk';
import { StoreFeed, type StoredImages } from './feed';
import type { FromStore, Question, StoreSettings, ToStore } from './protocol';
import { Questions } from './questions';
import { threadFile } from './thread-file';

export interface StoreOptions extends StoreSettings {
  readonly images: StoredImages;
  readonly log: Log;
  /** Between two tries to open the file again after a failure, ms. */
  readonly retryMs?: number;
}

const RETRY_MS = 10_000;
const CLOSE_MS = 10_000;
const OPEN_MS = 10_000;

/**
 * The results store: a SQLite file in a thread of its own. It is a view beside the stream and never holds that up: a
 * store that cannot be opened or written says so in `alarm` and in the log, and is tried again from time to time; whoever
 * asks meanwhile (`usable` is false) is refused.
 */
export class ResultsStore implements StoredResults, OutcomeObserver {
  readonly #feed: StoreFeed;
  readonly #questions = new Questions((number, question) => this.#post({ kind: 'ask', number, question }));
  #worker: Worker | null = null;
  #usable = false;
  #alarm: string | null = null;
  #mendedByWriting = false;
  #closing = false;
  #retry: NodeJS.Timeout | null = null;
  #firstTry: () => void = () => undefined;

  constructor(private readonly options: StoreOptions) {
    this.#feed = new StoreFeed({
      images: options.images,
      send: (chunk) => this.#post({ kind: 'write', chunk }, buffersOf(chunk)),
    });
  }

  get path(): string {
    return this.options.path;
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** Why it does not work at present; null when it does. */
  get alarm(): string | null {
    return this.#alarm;
  }

  get queued(): number {
    return this.#feed.queued;
  }

  get shed(): { readonly images: number; readonly rows: number } {
    return this.#feed.shedding;
  }

  /** Resolves when the file is open, or cannot be opened at present. Never rejects. */
  async open(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#firstTry = resolve;
      // A slow disk is no reason for the stream to wait.
      timer = setTimeout(resolve, OPEN_MS);
      this.#tryToOpen();
    });
    clearTimeout(timer);
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    this.#feed.onOutcomes(outcomes);
  }

  async list(filter: PredictionFilter): Promise<StoredPrediction[]> {
    return (await this.#ask({ kind: 'list', filter })) as StoredPrediction[];
  }

  async get(id: string): Promise<StoredPrediction | undefined> {
    return (await this.#ask({ kind: 'get', id })) as StoredPrediction | undefined;
  }

  async pixels(id: string): Promise<Uint8Array | undefined> {
    return (await this.#ask({ kind: 'pixels', id })) as Uint8Array | undefined;
  }

  async confusion(): Promise<Confusion> {
    return (await this.#ask({ kind: 'confusion' })) as Confusion;
  }

  async history(minutes: number): Promise<Minute[]> {
    return (await this.#ask({ kind: 'history', minutes })) as Minute[];
  }

  /** Writes what is queued and closes the file. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#feed.finish();
    this.#usable = false;
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#post({ kind: 'close' });
    const late = setTimeout(() => {
      this.options.log.warn({ path: this.options.path }, 'the results store does not end; left as it is');
      void worker.terminate();
    }, CLOSE_MS);
    await ended;
    clearTimeout(late);
  }

  async #ask(question: Question): Promise<unknown> {
    if (!this.#usable)
      throw new StreamInferError('NOT_READY', `the results store is not usable: ${this.#alarm ?? 'closed'}`);
    this.#feed.catchUp();
    return await this.#questions.ask(question);
  }

  #tryToOpen(): void {
    if (!this.#worker) this.#startThread();
    this.#post({ kind: 'open' });
  }

  #startThread(): void {
    const { path, retain } = this.options;
    const settings: StoreSettings = { path, retain };
    const worker = new Worker(threadFile(), { workerData: settings, name: 'results store' });
    worker.on('message', (message: FromStore) => this.#hear(message));
    worker.on('error', (error) => this.#failed(`its thread died: ${messageOf(error)}`));
    worker.on('exit', () => this.#threadGone(worker));
    this.#worker = worker;
  }

  #post(message: ToStore, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #hear(message: FromStore): void {
    switch (message.kind) {
      case 'opened':
        return this.#opened(message.movedTo);
      case 'unusable':
        return this.#unusable(message.reason, message.forGood);
      case 'written':
        return this.#written(message.rows);
      case 'lost':
        return this.#feed.settled(message.rows, true);
      case 'failed':
        this.#mendedByWriting = true;
        return this.#failed(message.reason);
      case 'answer':
        return this.#questions.answered(message.number, message.value);
      case 'no answer':
        return this.#questions.failed(message.number, message.reason);
    }
  }

  #opened(movedTo: string | null): void {
    const { path, log } = this.options;
    if (movedTo !== null)
      log.error({ path, movedTo }, 'the results store was corrupt: moved aside, begun anew');
    if (!this.#mendedByWriting) this.#mended();
    this.#usable = true;
    this.#firstTry();
    this.#feed.resume();
  }

  #written(rows: number): void {
    this.#mendedByWriting = false;
    this.#mended();
    this.#feed.settled(rows, false);
  }

  #mended(): void {
    if (this.#alarm !== null)
      this.options.log.info({ path: this.options.path }, 'the results store works again');
    this.#alarm = null;
  }

  #unusable(reason: string, forGood: boolean): void {
    this.#failed(reason, forGood);
    this.#firstTry();
  }

  #failed(reason: string, forGood = false): void {
    const { path, log, retryMs = RETRY_MS } = this.options;
    const alarm = `${path}: ${reason}`;
    if (this.#alarm === null)
      log.error(
        { path, reason },
        'the results store is off: results are kept in memory only; the stream goes on',
      );
    this.#alarm = alarm;
    this.#usable = false;
    this.#feed.pause();
    if (forGood || this.#closing) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#tryToOpen();
    }, retryMs).unref();
  }

  #threadGone(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#feed.abandoned();
    this.#questions.failAll('its thread ended');
    this.#firstTry();
    if (!this.#closing) this.#failed('its thread ended');
  }
}
