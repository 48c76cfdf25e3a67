import { createHash } from 'node:crypto';
import { encodeRedriven, idOfOriginal } from '../codec/redriven';
import { refusalOf, type DeadLetter, type RedriveRefusal } from '../core/dead-letter';
import type { Delivery } from '../core/message';
import type { MessageSink } from '../core/ports';
import type { TopicScan } from '../core/topic-scan';
import { refusalOfOrigin, type InputTopic } from './input-topic';
import { readDeadLetters, type ScannedMessage } from './read-dead-letters';

export interface RedriveOptions {
  /** Open, and recording redrives: settled dead letters are not found again. */
  readonly scan: TopicScan;
  readonly sink: MessageSink;
  /** The dead-letter topic; nothing is ever published to it. */
  readonly dlq: string;
  readonly wanted: (deadLetter: DeadLetter) => boolean;
  /** Originals that came from this topic are published to it. */
  readonly input: InputTopic;
  /** Publishes the originals of all topics here instead. */
  readonly to?: string | undefined;
  /** Largest number of redrives. */
  readonly limit: number;
  /** Report without publishing. */
  readonly dryRun: boolean;
  /** Includes dead letters that failed again after several redrives. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Called for each dead letter that was (or would be) published. */
  readonly onRedriven?: (deadLetter: DeadLetter, topic: string) => void;
  readonly onSkipped?: (deadLetter: DeadLetter, refusal: RedriveRefusal) => void;
}

export interface RedriveReport {
  readonly redriven: number;
  /** Selected but refused; a later redrive finds them again. */
  readonly skipped: number;
  /** Copies left by a crash between publish and settle; settled without publishing. */
  readonly duplicates: number;
  /** Messages that are not dead letters of this program; left unchanged. */
  readonly foreign: number;
}

/**
 * Publishes the originals of dead letters again. Each chunk is settled after the broker has confirmed it. A crash in between
 * redrives an original twice, with the same id.
 */
export async function redriveDeadLetters(options: RedriveOptions): Promise<RedriveReport> {
  const run = new RedriveRun(options);
  for await (const found of readDeadLetters(options.scan, options.signal)) {
    await run.redrive(found);
    if (run.full) break;
  }
  return run.report;
}

interface Candidate {
  readonly deadLetter: DeadLetter;
  readonly delivery: Delivery;
}

class RedriveRun {
  readonly report = { redriven: 0, skipped: 0, duplicates: 0, foreign: 0 };
  readonly #seen = new Set<string>();
  /** Names of the dead letters that the originals of this run become if they fail again. */
  readonly #own = new Set<string>();

  constructor(private readonly options: RedriveOptions) {}

  get #topic(): string {
    return this.options.to ?? this.options.input.topic;
  }

  get full(): boolean {
    return this.report.redriven >= this.options.limit;
  }

  async redrive(found: readonly ScannedMessage[]): Promise<void> {
    const { candidates, duplicates } = this.#choose(found);
    if (this.options.dryRun) return candidates.forEach((candidate) => this.#done(candidate));
    if (candidates.length > 0) await this.options.scan.settle(await this.#publish(candidates));
    await this.options.scan.settle(duplicates);
  }

  #choose(found: readonly ScannedMessage[]): { candidates: Candidate[]; duplicates: Delivery[] } {
    const candidates: Candidate[] = [];
    const duplicates: Delivery[] = [];
    for (const { deadLetter, delivery } of found) {
      if (this.report.redriven + candidates.length >= this.options.limit) break;
      if (deadLetter === undefined) this.report.foreign++;
      if (deadLetter === undefined || !this.options.wanted(deadLetter)) continue;
      // A scan without an exact end may find an original of this run again, which would loop.
      if (this.#own.has(nameOf(deadLetter, deadLetter.redriveCount))) continue;
      const refusal = refusalOf(deadLetter, this.options.force) ?? this.#misplaced(deadLetter);
      if (refusal !== undefined) this.#skip(deadLetter, refusal);
      else if (this.#isRepeated(deadLetter)) duplicates.push(delivery);
      else candidates.push({ deadLetter, delivery });
    }
    this.report.duplicates += duplicates.length;
    return { candidates, duplicates };
  }

  /** Returns what the broker confirmed. */
  async #publish(candidates: readonly Candidate[]): Promise<Delivery[]> {
    const messages = candidates.map(({ deadLetter }) => encodeRedriven(deadLetter));
    const refused = await this.options.sink.publish(this.#topic, messages);
    const reasons = new Map(refused.map(({ index, reason }) => [index, reason]));
    return candidates.flatMap((candidate, i) => {
      const reason = reasons.get(i);
      if (reason !== undefined)
        this.#skip(candidate.deadLetter, { code: 'TOO_LARGE_BYTES', message: reason });
      else this.#done(candidate);
      return reason === undefined ? [candidate.delivery] : [];
    });
  }

  #done({ deadLetter }: Candidate): void {
    this.report.redriven++;
    this.#own.add(nameOf(deadLetter, deadLetter.redriveCount + 1));
    this.options.onRedriven?.(deadLetter, this.#topic);
  }

  #skip(deadLetter: DeadLetter, refusal: RedriveRefusal): void {
    this.report.skipped++;
    this.options.onSkipped?.(deadLetter, refusal);
  }

  #misplaced(deadLetter: DeadLetter): RedriveRefusal | undefined {
    const { to, input, dlq } = this.options;
    const foreign = to === undefined ? refusalOfOrigin(deadLetter, input) : undefined;
    if (foreign !== undefined || this.#topic !== dlq) return foreign;
    return {
      code: 'BAD_REQUEST',
      message: `its original would go to the dead-letter topic ${dlq} itself; name another topic with --to`,
    };
  }

  /** Compares the bytes, too, because the offsets of a recreated topic start at 0 again. */
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

function nameOf(deadLetter: DeadLetter, redriveCount: number): string {
  return `${redriveCount} ${idOfOriginal(deadLetter)}`;
}
