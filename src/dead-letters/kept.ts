import { encodeRedriven } from '../codec/redriven';
import { refusalOf, type DeadLetter, type RedriveRefusal } from '../core/dead-letter';
import { StreamInferError } from '../core/errors';
import type { MessageSink } from '../core/ports';
import type { DeadLetters, RedriveChoice, Redriven, SkippedDeadLetter } from '../http/services';
import type { DeadLetterFilter, DeadLetterRing, KeptLetter } from '../results/dead-letter-ring';
import { refusalOfOrigin, type InputTopic } from './input-topic';
import type { OpenLetters, RedriveMemory } from './memory';

/** Originals published at once. */
const CHUNK = 100;

export interface KeptLettersParts {
  readonly ring: DeadLetterRing;
  /** Where originals are published; rejects where the broker does not tell. */
  readonly input: () => Promise<InputTopic>;
  /** null until it is open. */
  readonly sink: () => MessageSink | null;
  /** Shared with `dlq redrive`. */
  readonly memory: RedriveMemory;
}

/** The dead letters that this process remembers, for HTTP: to be looked at, and their originals published again. */
export class KeptLetters implements DeadLetters {
  constructor(private readonly parts: KeptLettersParts) {}

  list(filter: DeadLetterFilter): readonly KeptLetter[] {
    return this.parts.ring.list(filter);
  }

  get(id: string): KeptLetter | undefined {
    return this.parts.ring.get(id);
  }

  async redrive(id: string, force: boolean): Promise<KeptLetter> {
    const kept = this.#find(id, force);
    if ('refusal' in kept) throw refused(id, kept.refusal);
    const { skipped } = await this.#publish([kept]);
    const [mine] = skipped;
    if (mine !== undefined) throw refused(id, { code: mine.code, message: mine.detail });
    return this.get(id) ?? kept;
  }

  async redriveSome({ ids, code, force }: RedriveChoice): Promise<Redriven> {
    const chosen: KeptLetter[] = [];
    const skipped: SkippedDeadLetter[] = [];
    for (const id of new Set(ids ?? this.#idsLeft())) {
      const kept = this.#find(id, force);
      const known = this.get(id);
      if (known !== undefined && code !== undefined && known.letter.code !== code) continue;
      if ('refusal' in kept) skipped.push({ id, code: kept.refusal.code, detail: kept.refusal.message });
      else chosen.push(kept);
    }
    const published = await this.#publish(chosen);
    return { redriven: published.redriven, skipped: [...skipped, ...published.skipped] };
  }

  #find(id: string, force: boolean): KeptLetter | { readonly refusal: RedriveRefusal } {
    const kept = this.get(id);
    if (kept === undefined) return { refusal: { code: 'NOT_FOUND', message: GONE } };
    if (kept.redrivenAt !== null)
      return { refusal: { code: 'ALREADY_REDRIVEN', message: `it was redriven at ${kept.redrivenAt}` } };
    const refusal = refusalOf(kept.letter, force);
    if (refusal?.code === 'LETTER_INCOMPLETE')
      return { refusal: { ...refusal, message: cutHere(kept.letter) } };
    return refusal === undefined ? kept : { refusal };
  }

  /** Oldest first, as they came; those that were redriven are not mentioned. */
  #idsLeft(): string[] {
    const left = this.list({ limit: Infinity }).filter(({ redrivenAt }) => redrivenAt === null);
    return left.map(({ letter }) => letter.sourceId).reverse();
  }

  /** Each is marked before it is published, so that two requests at once do not publish one letter twice. */
  async #publish(letters: readonly KeptLetter[]): Promise<Redriven> {
    const sink = this.parts.sink();
    if (sink?.status().state !== 'up')
      throw new StreamInferError('NOT_READY', 'the broker is not connected yet; try again shortly');
    if (letters.length === 0) return { redriven: [], skipped: [] };
    this.#mark(letters, new Date().toISOString());
    const waiting = new Set(letters);
    try {
      const input = await this.parts.input();
      const foreign = foreignOf(letters, input);
      this.#mark([...foreign.keys()], null);
      for (const kept of foreign.keys()) waiting.delete(kept);
      const skipped = [...foreign.values()];
      if (waiting.size === 0) return { redriven: [], skipped };
      const { memory } = this.parts;
      const published = await memory(idsOf(waiting), (open) =>
        this.#publishOpen({ sink, open, waiting, input }),
      );
      return { redriven: published.redriven, skipped: [...skipped, ...published.skipped] };
    } finally {
      this.#mark([...waiting], null);
    }
  }

  async #publishOpen({ sink, open, waiting, input }: Publishing): Promise<Redriven> {
    const letters = [...waiting];
    const skipped = letters.flatMap(({ letter }) =>
      open.has(letter.sourceId) ? [] : [elsewhere(letter.sourceId)],
    );
    const left = letters.filter(({ letter }) => open.has(letter.sourceId));
    const redriven: string[] = [];
    for (let at = 0; at < left.length; at += CHUNK) {
      const chunk = left.slice(at, at + CHUNK);
      const reasons = await publishChunk(sink, input.topic, chunk);
      const done = chunk.filter((_, i) => !reasons.has(i));
      for (const kept of done) waiting.delete(kept);
      for (const [i, detail] of reasons)
        skipped.push({ id: chunk[i]?.letter.sourceId ?? '', code: 'TOO_LARGE_BYTES', detail });
      const ids = done.map(({ letter }) => letter.sourceId);
      await open.settle(ids);
      redriven.push(...ids);
    }
    return { redriven, skipped };
  }

  #mark(letters: readonly KeptLetter[], at: string | null): void {
    for (const { letter } of letters) this.parts.ring.setRedriven(letter.sourceId, at);
  }
}

interface Publishing {
  readonly sink: MessageSink;
  readonly open: OpenLetters;
  /** Those that are published are taken out of it, so that what a failure leaves is known. */
  readonly waiting: Set<KeptLetter>;
  readonly input: InputTopic;
}

/** Those of other topics, and why they are skipped. */
function foreignOf(letters: readonly KeptLetter[], input: InputTopic): Map<KeptLetter, SkippedDeadLetter> {
  const foreign = new Map<KeptLetter, SkippedDeadLetter>();
  for (const kept of letters) {
    const refusal = refusalOfOrigin(kept.letter, input);
    if (refusal === undefined) continue;
    foreign.set(kept, { id: kept.letter.sourceId, code: refusal.code, detail: refusal.message });
  }
  return foreign;
}

/** Resolves with what the broker refuses, by index. */
async function publishChunk(
  sink: MessageSink,
  topic: string,
  chunk: readonly KeptLetter[],
): Promise<Map<number, string>> {
  const messages = chunk.map(({ letter }) => encodeRedriven(letter));
  const refusals = await sink.publish(topic, messages);
  return new Map(refusals.map(({ index, reason }) => [index, reason]));
}

/** Less is kept in memory than in the topic. */
function cutHere({ valueBytes }: DeadLetter): string {
  return (
    `this process keeps only the beginning of the original (${valueBytes} bytes); ` +
    'stream-infer dlq redrive publishes it again if the dead-letter topic has it whole'
  );
}

const GONE = 'this process remembers no such dead letter; the dead-letter topic has them all';

function idsOf(letters: Iterable<KeptLetter>): Set<string> {
  return new Set([...letters].map(({ letter }) => letter.sourceId));
}

function elsewhere(id: string): SkippedDeadLetter {
  return { id, code: 'ALREADY_REDRIVEN', detail: 'the dead-letter topic holds none that was not redriven' };
}

function refused(id: string, { code, message }: RedriveRefusal): StreamInferError {
  return new StreamInferError(code, `${id}: ${message}`);
}
