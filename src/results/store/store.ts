import { Worker } from 'node:worker_threads';
import { StreamInferError, messageOf } from '../../core/errors';
import type { Log, OutcomeObserver } from '../../core/ports';
import type { Picture } from '../../core/picture';
import type { Outcome } from '../../core/prediction';
import { SkippedRecords } from '../../core/skipped-records';
import type {
  Confusion,
  Minute,
  PredictionConditions,
  PredictionFilter,
  PredictionTotal,
  StoredPrediction,
  StoredResults,
} from '../view';
import { ClassNames } from '../class-names';
import { toConfusion, type Counted } from '../class-quality';
import { buffersOf } from './chunk';
import type { Arrivals, Position } from './arrivals';
import { StoreFeed, type StoredImages } from './feed';
import type { EventRequest } from './event-request';
import type { LabelRequest } from './label-request';
import type { FromStore, Question, StoreFailure, StoreSettings, ToStore } from './protocol';
import { Questions } from './questions';
import { threadFile } from './thread-file';

export interface StoreOptions extends Omit<StoreSettings, 'corrupt'> {
  readonly images: StoredImages;
  /** Names of the classes; Fashion-MNIST's if absent. */
  readonly names?: ClassNames;
  /** Counts invalid rows. */
  readonly skipped?: SkippedRecords;
  readonly log: Log;
  /** Between two attempts to reopen the file after a failure, ms. */
  readonly retryMs?: number;
  /** Longest wait for the file at start, ms. */
  readonly openMs?: number;
}

const RETRY_MS = 10_000;
const CLOSE_MS = 10_000;
const OPEN_MS = 10_000;
const THREAD_DIED: StoreFailure = {
  reason: 'its thread ended',
  while: 'using',
  forGood: false,
  inUse: false,
  corrupt: false,
};

const SLOW_TO_OPEN: StoreFailure = {
  reason: 'it is not open yet: its file system does not answer',
  while: 'opening',
  forGood: false,
  inUse: false,
  corrupt: false,
};

/**
 * The results store: a SQLite file in its own thread. It is best-effort and never blocks the stream. After a failure it
 * reports an `alarm`, logs it, and retries; queries are rejected while `usable` is false.
 */
export class ResultsStore implements StoredResults, OutcomeObserver {
  readonly #feed: StoreFeed;
  readonly #questions = new Questions((number, question) => this.#post({ kind: 'ask', number, question }));
  readonly #names: ClassNames;
  readonly #skipped: SkippedRecords;
  #worker: Worker | null = null;
  #usable = false;
  #failure: StoreFailure | null = null;
  #closing = false;
  #retry: NodeJS.Timeout | null = null;
  #settleFirstTry: () => void = () => undefined;

  constructor(private readonly options: StoreOptions) {
    this.#names = options.names ?? new ClassNames();
    this.#skipped = options.skipped ?? new SkippedRecords();
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

  /** Why the store is not usable; null if it is. */
  get alarm(): string | null {
    return this.#failure && `${this.options.path}: ${this.#failure.reason}`;
  }

  get queued(): number {
    return this.#feed.queued;
  }

  get shed(): { readonly images: number; readonly rows: number } {
    return this.#feed.shedding;
  }

  /** Resolves when the file is open or the first attempt has failed. Never rejects. */
  async open(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#settleFirstTry = resolve;
      // The stream does not wait for a slow disk.
      timer = setTimeout(() => {
        if (!this.#usable) this.#failed(SLOW_TO_OPEN);
        resolve();
      }, this.options.openMs ?? OPEN_MS);
      this.#startThread();
    });
    clearTimeout(timer);
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    this.#feed.onOutcomes(outcomes);
  }

  async list(filter: PredictionFilter): Promise<StoredPrediction[]> {
    return (await this.#ask({ kind: 'list', filter })) as StoredPrediction[];
  }

  async total(conditions: PredictionConditions): Promise<PredictionTotal> {
    return (await this.#ask({ kind: 'total', conditions })) as PredictionTotal;
  }

  async get(id: string): Promise<StoredPrediction | undefined> {
    return (await this.#ask({ kind: 'get', id })) as StoredPrediction | undefined;
  }

  async image(id: string): Promise<Picture | undefined> {
    return (await this.#ask({ kind: 'image', id })) as Picture | undefined;
  }

  async confusion(): Promise<Confusion> {
    return toConfusion((await this.#ask({ kind: 'counts' })) as Counted, this.#names.list);
  }

  /** The classes that were predicted, with their names. */
  async classNames(): Promise<readonly (readonly [label: number, name: string])[]> {
    return (await this.#ask({ kind: 'class names' })) as [number, string][];
  }

  async history(minutes: number): Promise<Minute[]> {
    return (await this.#ask({ kind: 'history', minutes })) as Minute[];
  }

  /**
   * Stores messages read from topics, all or nothing; known ones are not counted twice. Rejects with NOT_READY if they may
   * not be stored; the same call can be repeated.
   */
  async put(arrivals: Arrivals): Promise<void> {
    await this.#ask({ kind: 'put', arrivals });
    if (this.#failure !== null) this.#recovered();
  }

  /** Read positions of a topic. */
  async positions(topic: string): Promise<readonly Position[]> {
    return (await this.#ask({ kind: 'positions', topic })) as Position[];
  }

  /** A random name, created and stored with the file. */
  async name(): Promise<string> {
    return (await this.#ask({ kind: 'name' })) as string;
  }

  /** See `createStoredEvents`. */
  async askEvents(request: EventRequest): Promise<unknown> {
    return await this.#ask({ kind: 'events', request });
  }

  /** See `createStoredLabels`. */
  async askLabels(request: LabelRequest): Promise<unknown> {
    return await this.#ask({ kind: 'labels', request });
  }

  /** Writes the queued chunks and closes the file. */
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
      this.options.log.warn({ path: this.options.path }, 'results store does not close; continuing shutdown');
      void worker.terminate();
    }, CLOSE_MS);
    await ended;
    clearTimeout(late);
  }

  async #ask(question: Question): Promise<unknown> {
    if (!this.#usable)
      throw new StreamInferError(
        'NOT_READY',
        `the results store is not usable: ${this.#failure?.reason ?? 'closed'}`,
      );
    this.#feed.catchUp();
    return await this.#questions.ask(question);
  }

  #startThread(corrupt = false): void {
    const { path, retain, alone = false } = this.options;
    const settings: StoreSettings = { path, retain, alone, corrupt };
    const worker = new Worker(threadFile(), { workerData: settings, name: 'results store' });
    worker.on('message', (message: FromStore) => this.#hear(message));
    worker.on('error', (error) =>
      this.#failed({ ...THREAD_DIED, reason: `its thread died: ${messageOf(error)}` }),
    );
    worker.once('exit', () => this.#threadEnded());
    this.#worker = worker;
  }

  #post(message: ToStore, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #hear(message: FromStore): void {
    switch (message.kind) {
      case 'opened':
        return this.#opened(message.movedTo);
      case 'written':
        if (this.#failure !== null) this.#recovered();
        return this.#feed.written(message.rows);
      case 'lost':
        return this.#feed.lost(message.rows, message.tally);
      case 'skipped':
        return this.#skippedRow(message.table, message.problem);
      case 'failed':
        return this.#failed(message.failure);
      case 'answer':
        return this.#questions.answered(message.number, message.value);
      case 'no answer':
        return this.#questions.failed(message.number, message.reason);
    }
  }

  #skippedRow(table: string, problem: string): void {
    const { path, log } = this.options;
    this.#skipped.add('store', 1, { path, table, problem }, log);
  }

  #opened(movedTo: string | null): void {
    const { path, log } = this.options;
    if (movedTo !== null)
      log.error({ path, movedTo }, 'results store was corrupt; moved it aside and created a new one');
    if (this.#failure?.while === 'opening') this.#recovered();
    this.#usable = true;
    this.#settleFirstTry();
    this.#feed.resume();
  }

  /** Logs once for each outage, not for each attempt. */
  #failed(failure: StoreFailure): void {
    const { path, log } = this.options;
    if (this.#failure === null)
      // A second process next to the first is not a fault.
      log[failure.inUse ? 'info' : 'error'](
        { path, reason: failure.reason },
        'the results store is off; results are kept in memory only',
      );
    // A file on a full disk can be opened but not written, so opening does not end a failed write.
    const stillInUse = this.#failure?.while === 'using' && failure.while === 'opening';
    this.#failure = stillInUse ? { ...failure, while: 'using' } : failure;
    this.#usable = false;
    this.#feed.pause();
  }

  #recovered(): void {
    this.options.log.info({ path: this.options.path }, 'results store works again');
    this.#failure = null;
  }

  #threadEnded(): void {
    this.#worker = null;
    this.#feed.abandoned();
    this.#questions.failAll('its thread ended');
    this.#settleFirstTry();
    if (this.#closing) return;
    if (this.#usable) this.#failed(THREAD_DIED);
    const { forGood = false, corrupt = false } = this.#failure ?? {};
    if (forGood) return;
    const retry = () => this.#startThread(corrupt);
    this.#retry = setTimeout(retry, this.options.retryMs ?? RETRY_MS).unref();
  }
}
