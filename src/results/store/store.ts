import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { StreamInferError, messageOf } from '../../core/errors';
import type { Log, OutcomeObserver } from '../../core/ports';
import { isPostgresUrl, shownPostgresUrl } from '../../core/postgres-url';
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
import { Outage, SLOW_TO_OPEN, THREAD_DIED } from './outage';
import { Questions } from './questions';
import { threadFile, type StoreKind } from './thread-file';

export interface StoreOptions extends Omit<StoreSettings, 'corrupt' | 'writer'> {
  readonly images: StoredImages;
  /** Names of the classes; Fashion-MNIST's if absent. */
  readonly names?: ClassNames;
  /** Counts invalid rows. */
  readonly skipped?: SkippedRecords;
  readonly log: Log;
  /** Before the first attempt to reopen the store after a failure, ms; doubled with each further one. */
  readonly retryMs?: number;
  /** Longest wait for the store at start, ms. */
  readonly openMs?: number;
}

const CLOSE_MS = 10_000;
const OPEN_MS = 10_000;

/**
 * The results store: a SQLite file, or a PostgreSQL database that several processes share, in a thread of its own. It is
 * best-effort and never blocks the stream. After a failure it reports an `alarm`, logs it, and retries; queries are
 * rejected while `usable` is false.
 */
export class ResultsStore implements StoredResults, OutcomeObserver {
  readonly #feed: StoreFeed;
  readonly #questions = new Questions((number, question) => this.#post({ kind: 'ask', number, question }));
  readonly #names: ClassNames;
  readonly #skipped: SkippedRecords;
  #worker: Worker | null = null;
  #usable = false;
  readonly #outage: Outage;
  #closing = false;
  #retry: NodeJS.Timeout | null = null;
  #wasOpen = false;
  /** `open` has not settled yet, and reports a wrong configuration. */
  #isStarting = true;
  /** Distinguishes the chunks of this process from those of other ones. */
  readonly #writer = randomUUID();
  #settleFirstTry: () => void = () => undefined;

  constructor(private readonly options: StoreOptions) {
    this.#names = options.names ?? new ClassNames();
    this.#skipped = options.skipped ?? new SkippedRecords();
    this.#outage = new Outage(this.path, options.log, () => this.shed.rows, options.retryMs);
    this.#feed = new StoreFeed({
      images: options.images,
      send: (chunk) => this.#post({ kind: 'write', chunk }, buffersOf(chunk)),
    });
  }

  get kind(): StoreKind {
    return isPostgresUrl(this.options.path) ? 'postgres' : 'sqlite';
  }

  /** Whether other processes write to the store as well. */
  get shared(): boolean {
    return this.kind === 'postgres';
  }

  /** As it may be shown: a URL without its password. */
  get path(): string {
    return this.shared ? shownPostgresUrl(this.options.path) : this.options.path;
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** Why the store is not usable; null if it is. */
  get alarm(): string | null {
    return this.#outage.failure && `${this.path}: ${this.#outage.failure.reason}`;
  }

  get queued(): number {
    return this.#feed.queued;
  }

  get shed(): { readonly images: number; readonly rows: number } {
    return this.#feed.shedding;
  }

  /**
   * Resolves when the store is open or the first attempt has failed. Rejects with CONFIG_INVALID if the address of a
   * database is wrong, or refused by it.
   */
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
    this.#isStarting = false;
    if (this.#outage.failure?.misconfigured)
      throw new StreamInferError('CONFIG_INVALID', `the results store ${this.alarm}`);
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
    this.#outage.end();
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

  /** Writes the queued chunks and closes the store. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#feed.finish();
    this.#usable = false;
    await this.#endThread();
    const about = { path: this.path, rows: this.#feed.queued };
    if (about.rows > 0 && this.#outage.failure?.level !== 'info')
      this.options.log.warn(about, 'results store closed; queued predictions were not stored');
  }

  async #endThread(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#post({ kind: 'close' });
    const late = setTimeout(() => {
      this.options.log.warn({ path: this.path }, 'results store does not close; continuing shutdown');
      void worker.terminate();
    }, CLOSE_MS);
    await ended;
    clearTimeout(late);
  }

  async #ask(question: Question): Promise<unknown> {
    if (!this.#usable)
      throw new StreamInferError(
        'NOT_READY',
        `the results store is not usable: ${this.#outage.failure?.reason ?? 'closed'}`,
      );
    this.#feed.catchUp();
    return await this.#questions.ask(question);
  }

  #startThread(corrupt = false): void {
    const { path, retain, alone = false, readOnly = false } = this.options;
    const settings: StoreSettings = { path, retain, alone, readOnly, corrupt, writer: this.#writer };
    const worker = new Worker(threadFile(this.kind), { workerData: settings, name: 'results store' });
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
        this.#outage.end();
        return this.#feed.written(message.rows);
      case 'lost':
        return this.#feed.lost(message.rows, message.tally);
      case 'unwritten':
        return this.#feed.unwritten(message.chunk);
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
    this.#skipped.add('store', 1, { path: this.path, table, problem }, this.options.log);
  }

  #opened(movedTo: string | null): void {
    const about = { path: this.path, movedTo };
    if (movedTo !== null)
      this.options.log.error(about, 'results store was corrupt; moved it aside and created a new one');
    if (this.#outage.failure?.while === 'opening') this.#outage.end();
    this.#usable = true;
    this.#wasOpen = true;
    this.#settleFirstTry();
    this.#feed.resume();
  }

  /** `open` reports a wrong configuration at the start. */
  #failed(failure: StoreFailure): void {
    this.#outage.begin(failure, this.#isStarting && failure.misconfigured);
    this.#usable = false;
    this.#feed.pause();
  }

  #threadEnded(): void {
    this.#worker = null;
    this.#feed.abandoned();
    this.#questions.failAll('its thread ended');
    this.#settleFirstTry();
    if (this.#closing) return;
    if (this.#usable) this.#failed(THREAD_DIED);
    const { forGood = false, misconfigured = false, corrupt = false } = this.#outage.failure ?? {};
    // At the start, a wrong configuration ends the process; later, somebody has changed the database.
    if (forGood || (misconfigured && !this.#wasOpen)) return;
    const retry = () => this.#startThread(corrupt);
    this.#retry = setTimeout(retry, this.#outage.nextRetryMs()).unref();
  }
}
