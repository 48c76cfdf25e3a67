import type { OutcomeObserver } from '../../core/ports';
import type { Outcome, PredictionOutcome } from '../../core/prediction';
import { TRUTH_UNKNOWN, type TallyData } from '../tally';
import { ChunkBuilder, type Chunk } from './chunk';
import { Shedding } from './shedding';

/** Predictions whose image is stored. */
export type StoredImages = 'all' | 'wrong' | 'none';

export interface FeedOptions {
  readonly images: StoredImages;
  /** Sends a chunk to the store's thread. */
  readonly send: (chunk: Chunk) => void;
  readonly capacity?: number;
  readonly flushMs?: number;
}

/** Most rows in the queue; large ones count as several. */
const CAPACITY = 4_000;
const ROW_BYTES = 1_600;
const FLUSH_MS = 50;
/** Minutes counted while the store is unusable; older ones are dropped. */
const MINUTES_KEPT = 24 * 60;

/**
 * The bounded queue between the stream and the store's thread; it drops data when it fills. The thread gets the next
 * chunk when it has written the one before.
 */
export class StoreFeed implements OutcomeObserver {
  readonly shedding: Shedding;
  readonly #builder = new ChunkBuilder();
  readonly #chunks: Chunk[] = [];
  /** Rows and bytes of `#chunks`. */
  readonly #waiting = { rows: 0, bytes: 0 };
  /** Sent to the thread, but not answered yet. */
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

  /** Starts sending chunks to the thread. */
  resume(): void {
    this.#open = true;
    if (this.#chunks.length === 0) this.#seal();
    this.#pump();
  }

  /** Stops sending. Outcomes are queued until the queue is full; dropped ones are still counted. */
  pause(): void {
    this.#open = false;
  }

  /** A chunk was lost; its counts are added to the next one. */
  lost(rows: number, tally: TallyData): void {
    this.#sent.chunks--;
    this.#sent.rows -= rows;
    this.shedding.lost(rows);
    this.#builder.rest.merge(tally);
  }

  /** A chunk may not be stored; it is written again, with the same number. */
  unwritten(chunk: Chunk): void {
    this.#sent.chunks--;
    this.#sent.rows -= chunk.size;
    this.#chunks.push(chunk);
    this.#chunks.sort((a, b) => a.number - b.number);
    this.#waiting.rows += chunk.size;
    this.#waiting.bytes += bytesOf(chunk);
  }

  written(rows: number): void {
    this.#sent.chunks--;
    this.#sent.rows -= rows;
    // Seals the rows queued meanwhile: a slow store gets larger transactions.
    if (this.#open && this.#chunks.length === 0) this.#seal();
    this.#pump();
  }

  /** The thread has ended; its unanswered chunks are lost. */
  abandoned(): void {
    this.pause();
    this.shedding.lost(this.#sent.rows);
    this.#sent.chunks = 0;
    this.#sent.rows = 0;
  }

  /** Sends all queued rows before a question, so that the answer includes them; not if the store is behind. */
  catchUp(): void {
    if (this.#chunks.length > 1) return;
    this.#seal();
    this.#sendAll();
  }

  /** Sends everything before closing. */
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
