import type { OutcomeObserver } from '../../core/ports';
import type { Outcome, PredictionOutcome } from '../../core/prediction';
import { TRUTH_UNKNOWN, type TallyData } from '../tally';
import { ChunkBuilder, type Chunk } from './chunk';
import { Shedding } from './shedding';

/** Which predictions have their image stored. */
export type StoredImages = 'all' | 'wrong' | 'none';

export interface FeedOptions {
  readonly images: StoredImages;
  /** Hands a chunk to the store's thread. */
  readonly send: (chunk: Chunk) => void;
  readonly capacity?: number;
  readonly flushMs?: number;
}

/** Rows that may wait; larger ones count as several. */
const CAPACITY = 4_000;
const ROW_BYTES = 1_600;
const FLUSH_MS = 50;
/** What is counted while there is no store; the older minutes are forgotten. */
const MINUTES_KEPT = 24 * 60;

/**
 * The queue between the stream and the store's thread: bounded, and shedding when it fills. The thread has one chunk at
 * a time, and gets the next when it has written that one.
 */
export class StoreFeed implements OutcomeObserver {
  readonly shedding: Shedding;
  readonly #builder = new ChunkBuilder();
  readonly #chunks: Chunk[] = [];
  /** Rows and bytes of `#chunks`. */
  readonly #waiting = { rows: 0, bytes: 0 };
  /** With the thread, and not answered yet. */
  readonly #sent = { chunks: 0, rows: 0 };
  readonly #flushMs: number;
  #open = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: FeedOptions) {
    this.shedding = new Shedding(options.capacity ?? CAPACITY);
    this.#flushMs = options.flushMs ?? FLUSH_MS;
  }

  /** Rows that are not written yet. */
  get queued(): number {
    return this.#builder.size + this.#waiting.rows + this.#sent.rows;
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    const at = Date.now();
    for (const outcome of outcomes) {
      if (outcome.kind === 'prediction') this.#add(outcome, at);
      else this.#builder.rest.addDeadLetter(at);
    }
    if (!this.#builder.empty) this.#timer ??= setTimeout(() => this.#flush(), this.#flushMs).unref();
  }

  /** The thread takes chunks from now on. */
  resume(): void {
    this.#open = true;
    if (this.#chunks.length === 0) this.#seal();
    this.#pump();
  }

  /** The thread takes none. What comes is kept until the queue is full, and counted when it was shed. */
  pause(): void {
    this.#open = false;
  }

  /** A chunk was lost; what it would have counted goes with the next one. */
  lost(rows: number, tally: TallyData): void {
    this.#sent.chunks--;
    this.#sent.rows -= rows;
    this.shedding.lost(rows);
    this.#builder.rest.merge(tally);
  }

  written(rows: number): void {
    this.#sent.chunks--;
    this.#sent.rows -= rows;
    // What came meanwhile: many rows if the store is slow, so that its transactions grow with its load.
    if (this.#open && this.#chunks.length === 0) this.#seal();
    this.#pump();
  }

  /** The thread is gone, and what it had with it. */
  abandoned(): void {
    this.pause();
    this.shedding.lost(this.#sent.rows);
    this.#sent.chunks = 0;
    this.#sent.rows = 0;
  }

  /** Hands over what there is before a question is asked, so that the answer knows of it; not if the store is behind. */
  catchUp(): void {
    if (this.#chunks.length > 1) return;
    this.#seal();
    this.#sendAll();
  }

  /** Hands over everything, at the end. */
  finish(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#seal();
    this.#sendAll();
  }

  #add(outcome: PredictionOutcome, at: number): void {
    const { label, truth = TRUTH_UNKNOWN, confidence } = outcome;
    const load = Math.max(this.queued, this.#waiting.bytes / ROW_BYTES);
    const keep = this.shedding.decide(load, this.#wantsImage(truth !== TRUTH_UNKNOWN && truth !== label));
    if (keep === 'nothing') return this.#builder.rest.addPrediction(label, truth, confidence, at);
    this.#builder.add(outcome, at, keep === 'all');
    if (this.#builder.full) this.#seal();
  }

  #wantsImage(wrong: boolean): boolean {
    const { images } = this.options;
    return images === 'all' || (images === 'wrong' && wrong);
  }

  #flush(): void {
    this.#timer = null;
    this.#builder.rest.keepMinutes(MINUTES_KEPT);
    if (this.#open && this.#sent.chunks === 0) this.#seal();
  }

  #seal(): void {
    if (this.#builder.empty) return;
    const chunk = this.#builder.seal();
    this.#chunks.push(chunk);
    this.#waiting.rows += chunk.size;
    this.#waiting.bytes += bytesOf(chunk);
    this.#pump();
  }

  #pump(): void {
    if (this.#open && this.#sent.chunks === 0) this.#send();
  }

  #sendAll(): void {
    while (this.#open && this.#chunks.length > 0) this.#send();
  }

  #send(): void {
    const chunk = this.#chunks.shift();
    if (!chunk) return;
    this.#waiting.rows -= chunk.size;
    this.#waiting.bytes -= bytesOf(chunk);
    this.#sent.chunks++;
    this.#sent.rows += chunk.size;
    this.options.send(chunk);
  }
}

function bytesOf({ json, images }: Chunk): number {
  return json.length + images.length;
}
