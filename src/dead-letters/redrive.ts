import { createHash } from 'node:crypto';
import { encodeRedriven, idOfOriginal } from '../codec/redriven';
import { refusalOf, type DeadLetter, type RedriveRefusal } from '../core/dead-letter';
import type { Delivery } from '../core/message';
import type { MessageSink } from '../core/ports';
import type { TopicScan } from '../core/topic-scan';
import { refusalOfOrigin, type InputTopic } from './input-topic';
import { readDeadLetters, type FoundLetter } from './read';

export interface RedriveOptions {
  /** Open, with a memory: what was redriven is settled there and not found again. */
  readonly scan: TopicScan;
  readonly sink: MessageSink;
  /** The dead-letter topic; nothing is ever published to it. */
  readonly dlq: string;
  readonly wanted: (letter: DeadLetter) => boolean;
  /** Originals are published to this topic, and only those that came from it. */
  readonly input: InputTopic;
  /** Publishes originals of every topic here instead. */
  readonly to?: string | undefined;
  /** Redrive so many and no more. */
  readonly limit: number;
  /** Only tell what would be done. */
  readonly dryRun: boolean;
  /** Also what failed again after several redrives. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Told of each, when it is published (or would be). */
  readonly onRedriven?: (letter: DeadLetter, topic: string) => void;
  readonly onSkipped?: (letter: DeadLetter, refusal: RedriveRefusal) => void;
}

export interface RedriveReport {
  readonly redriven: number;
  /** Wanted but refused; a later redrive finds them again. */
  readonly skipped: number;
  /** The same letter once more, as a crash between publish and settle leaves them; settled, not published. */
  readonly duplicates: number;
  /** Messages that are no dead letters of this program; left alone. */
  readonly foreign: number;
}

/**
 * Publishes the originals of dead letters again. Each chunk is settled after the broker has confirmed it, so that what
 * is redriven twice after a crash has the same id both times.
 */
export async function redriveDeadLetters(options: RedriveOptions): Promise<RedriveReport> {
  const run = new RedriveRun(options);
  for await (const found of readDeadLetters(options.scan, options.signal)) {
    await run.redrive(found);
    if (run.full) break;
  }
  return run.report;
}

interface Parcel {
  readonly letter: DeadLetter;
  readonly delivery: Delivery;
}

class RedriveRun {
  readonly report = { redriven: 0, skipped: 0, duplicates: 0, foreign: 0 };
  readonly #seen = new Set<string>();
  /** What this run published, as the letters of it will look that fail again. */
  readonly #ours = new Set<string>();

  constructor(private readonly options: RedriveOptions) {}

  get #topic(): string {
    return this.options.to ?? this.options.input.topic;
  }

  get full(): boolean {
    return this.report.redriven >= this.options.limit;
  }

  async redrive(found: readonly FoundLetter[]): Promise<void> {
    const { parcels, duplicates } = this.#choose(found);
    if (this.options.dryRun) return parcels.forEach((parcel) => this.#done(parcel));
    if (parcels.length > 0) await this.options.scan.settle(await this.#publish(parcels));
    await this.options.scan.settle(duplicates);
  }

  #choose(found: readonly FoundLetter[]): { parcels: Parcel[]; duplicates: Delivery[] } {
    const parcels: Parcel[] = [];
    const duplicates: Delivery[] = [];
    for (const { letter, delivery } of found) {
      if (this.report.redriven + parcels.length >= this.options.limit) break;
      if (letter === undefined) this.report.foreign++;
      if (letter === undefined || !this.options.wanted(letter)) continue;
      // A scan whose end is blurred may find it: it would go round as often as it fails within this run.
      if (this.#ours.has(nameOf(letter, letter.redriveCount))) continue;
      const refusal = refusalOf(letter, this.options.force) ?? this.#misplaced(letter);
      if (refusal !== undefined) this.#skip(letter, refusal);
      else if (this.#isRepeated(letter)) duplicates.push(delivery);
      else parcels.push({ letter, delivery });
    }
    this.report.duplicates += duplicates.length;
    return { parcels, duplicates };
  }

  /** Returns what the broker confirmed. */
  async #publish(parcels: readonly Parcel[]): Promise<Delivery[]> {
    const messages = parcels.map(({ letter }) => encodeRedriven(letter));
    const refused = await this.options.sink.publish(this.#topic, messages);
    const reasons = new Map(refused.map(({ index, reason }) => [index, reason]));
    return parcels.flatMap((parcel, i) => {
      const reason = reasons.get(i);
      if (reason !== undefined) this.#skip(parcel.letter, { code: 'TOO_LARGE_BYTES', message: reason });
      else this.#done(parcel);
      return reason === undefined ? [parcel.delivery] : [];
    });
  }

  #done({ letter }: Parcel): void {
    this.report.redriven++;
    this.#ours.add(nameOf(letter, letter.redriveCount + 1));
    this.options.onRedriven?.(letter, this.#topic);
  }

  #skip(letter: DeadLetter, refusal: RedriveRefusal): void {
    this.report.skipped++;
    this.options.onSkipped?.(letter, refusal);
  }

  #misplaced(letter: DeadLetter): RedriveRefusal | undefined {
    const { to, input, dlq } = this.options;
    const foreign = to === undefined ? refusalOfOrigin(letter, input) : undefined;
    if (foreign !== undefined || this.#topic !== dlq) return foreign;
    return { code: 'BAD_REQUEST', message: `it would go to ${dlq}, where it is now; say where with --to` };
  }

  /** By its bytes, too: offsets begin again when a topic is deleted and made anew. */
  #isRepeated({ sourceId, original }: DeadLetter): boolean {
    const name = createHash('sha1')
      .update(`${sourceId}\n`)
      .update(original.value ?? '')
      .digest('base64');
    const repeated = this.#seen.has(name);
    this.#seen.add(name);
    return repeated;
  }
}

function nameOf(letter: DeadLetter, redriveCount: number): string {
  return `${redriveCount} ${idOfOriginal(letter)}`;
}
