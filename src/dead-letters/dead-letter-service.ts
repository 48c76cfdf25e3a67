import { encodeRedriven, idOfOriginal } from '../codec/redriven';
import { refusalOf, type DeadLetter, type RedriveRefusal } from '../core/dead-letter';
import { StreamInferError } from '../core/errors';
import { headerText, type Header } from '../core/message';
import type { MessageSink } from '../core/ports';
import type {
  DeadLetters,
  EditedOriginal,
  RedriveChoice,
  Redriven,
  SkippedDeadLetter,
} from '../http/services';
import type { DeadLetterFilter, DeadLetterRing, KeptDeadLetter } from '../results/dead-letter-ring';
import { refusalOfOrigin, type InputTopic } from './input-topic';
import type { PendingDeadLetters, RedriveHistory } from './redrive-history';

/** Number of originals in one publish call. */
const CHUNK = 100;

export interface DeadLetterServiceOptions {
  readonly ring: DeadLetterRing;
  /** The topic to publish originals to; rejects if the broker cannot name it. */
  readonly input: () => Promise<InputTopic>;
  /** null until it is open. */
  readonly sink: () => MessageSink | null;
  /** Shared with `dlq redrive`. */
  readonly history: RedriveHistory;
}

/** Lists the dead letters in memory and redrives them, for HTTP. */
export class DeadLetterService implements DeadLetters {
  constructor(private readonly options: DeadLetterServiceOptions) {}

  list(filter: DeadLetterFilter): readonly KeptDeadLetter[] {
    return this.options.ring.list(filter);
  }

  get(id: string): KeptDeadLetter | undefined {
    return this.options.ring.get(id);
  }

  async redrive(id: string, force: boolean, edit?: EditedOriginal): Promise<KeptDeadLetter> {
    const kept = this.#find(id, force);
    if ('refusal' in kept) throw refused(id, kept.refusal);
    const { skipped } = await this.#publish([edit === undefined ? kept : edited(kept, edit)]);
    const [mine] = skipped;
    if (mine !== undefined) throw refused(id, { code: mine.code, message: mine.detail });
    return this.get(id) ?? kept;
  }

  async redriveSome({ ids, code, force }: RedriveChoice): Promise<Redriven> {
    const chosen: KeptDeadLetter[] = [];
    const skipped: SkippedDeadLetter[] = [];
    for (const id of new Set(ids ?? this.#pendingIds())) {
      const kept = this.#find(id, force);
      const known = this.get(id);
      if (known !== undefined && code !== undefined && known.deadLetter.code !== code) continue;
      if ('refusal' in kept) skipped.push({ id, code: kept.refusal.code, detail: kept.refusal.message });
      else chosen.push(kept);
    }
    const published = await this.#publish(chosen);
    return { redriven: published.redriven, skipped: [...skipped, ...published.skipped] };
  }

  #find(id: string, force: boolean): KeptDeadLetter | { readonly refusal: RedriveRefusal } {
    const kept = this.get(id);
    if (kept === undefined) return { refusal: { code: 'NOT_FOUND', message: GONE } };
    if (kept.redrivenAt !== null)
      return { refusal: { code: 'ALREADY_REDRIVEN', message: `it was redriven at ${kept.redrivenAt}` } };
    const refusal = refusalOf(kept.deadLetter, force);
    if (refusal?.code === 'LETTER_INCOMPLETE')
      return { refusal: { ...refusal, message: cutHere(kept.deadLetter) } };
    return refusal === undefined ? kept : { refusal };
  }

  /** Without redriven ones, oldest first. */
  #pendingIds(): string[] {
    const pending = this.list({ limit: Infinity }).filter(({ redrivenAt }) => redrivenAt === null);
    return pending.map(({ deadLetter }) => deadLetter.sourceId).reverse();
  }

  /** Marks dead letters before publishing, so that concurrent requests do not publish one twice. */
  async #publish(deadLetters: readonly KeptDeadLetter[]): Promise<Redriven> {
    const sink = this.options.sink();
    if (sink?.status().state !== 'up')
      throw new StreamInferError('NOT_READY', 'the broker is not connected yet; try again shortly');
    if (deadLetters.length === 0) return { redriven: [], skipped: [] };
    this.#mark(deadLetters, new Date().toISOString());
    const waiting = new Set(deadLetters);
    try {
      const input = await this.options.input();
      const foreign = foreignOf(deadLetters, input);
      this.#mark([...foreign.keys()], null);
      for (const kept of foreign.keys()) waiting.delete(kept);
      const skipped = [...foreign.values()];
      if (waiting.size === 0) return { redriven: [], skipped };
      const { history } = this.options;
      const published = await history(idsOf(waiting), (pending) =>
        this.#publishPending({ sink, pending, waiting, input }),
      );
      return { redriven: published.redriven, skipped: [...skipped, ...published.skipped] };
    } finally {
      this.#mark([...waiting], null);
    }
  }

  async #publishPending({ sink, pending, waiting, input }: Publishing): Promise<Redriven> {
    const deadLetters = [...waiting];
    const skipped = deadLetters.flatMap(({ deadLetter }) =>
      pending.has(deadLetter.sourceId) ? [] : [elsewhere(deadLetter.sourceId)],
    );
    const toPublish = deadLetters.filter(({ deadLetter }) => pending.has(deadLetter.sourceId));
    const redriven: string[] = [];
    for (let at = 0; at < toPublish.length; at += CHUNK) {
      const chunk = toPublish.slice(at, at + CHUNK);
      const reasons = await publishChunk(sink, input.topic, chunk);
      const done = chunk.filter((_, i) => !reasons.has(i));
      for (const kept of done) waiting.delete(kept);
      for (const [i, detail] of reasons)
        skipped.push({ id: chunk[i]?.deadLetter.sourceId ?? '', code: 'TOO_LARGE_BYTES', detail });
      const ids = done.map(({ deadLetter }) => deadLetter.sourceId);
      await pending.settle(ids);
      redriven.push(...ids);
    }
    return { redriven, skipped };
  }

  #mark(deadLetters: readonly KeptDeadLetter[], at: string | null): void {
    for (const { deadLetter } of deadLetters) this.options.ring.setRedriven(deadLetter.sourceId, at);
  }
}

/** The id of the prediction stays that of the original, whose value may have named it. */
function edited(kept: KeptDeadLetter, { value, headers }: EditedOriginal): KeptDeadLetter {
  const { deadLetter } = kept;
  const id = idOfOriginal(deadLetter);
  const named: Header[] = headerText(headers, 'id') === undefined ? [['id', id]] : [];
  const original = { ...deadLetter.original, value, headers: [...named, ...headers] };
  return { ...kept, deadLetter: { ...deadLetter, original } };
}

interface Publishing {
  readonly sink: MessageSink;
  readonly pending: PendingDeadLetters;
  /** Shrinks with each publish, so that after a failure it holds the unpublished ones. */
  readonly waiting: Set<KeptDeadLetter>;
  readonly input: InputTopic;
}

/** Dead letters of other topics with the reason to skip them. */
function foreignOf(
  deadLetters: readonly KeptDeadLetter[],
  input: InputTopic,
): Map<KeptDeadLetter, SkippedDeadLetter> {
  const foreign = new Map<KeptDeadLetter, SkippedDeadLetter>();
  for (const kept of deadLetters) {
    const refusal = refusalOfOrigin(kept.deadLetter, input);
    if (refusal === undefined) continue;
    foreign.set(kept, { id: kept.deadLetter.sourceId, code: refusal.code, detail: refusal.message });
  }
  return foreign;
}

/** Resolves with the broker's rejections by index. */
async function publishChunk(
  sink: MessageSink,
  topic: string,
  chunk: readonly KeptDeadLetter[],
): Promise<Map<number, string>> {
  const messages = chunk.map(({ deadLetter }) => encodeRedriven(deadLetter));
  const refusals = await sink.publish(topic, messages);
  return new Map(refusals.map(({ index, reason }) => [index, reason]));
}

/** Values are cut in memory, but not necessarily in the topic. */
function cutHere({ valueBytes }: DeadLetter): string {
  return (
    `this process keeps only the beginning of the original (${valueBytes} bytes); ` +
    'use the command `dlq redrive`, which reads the dead-letter topic'
  );
}

const GONE = 'not among the dead letters in memory; the command `dlq list` shows the dead-letter topic';

function idsOf(deadLetters: Iterable<KeptDeadLetter>): Set<string> {
  return new Set([...deadLetters].map(({ deadLetter }) => deadLetter.sourceId));
}

function elsewhere(id: string): SkippedDeadLetter {
  return {
    id,
    code: 'ALREADY_REDRIVEN',
    detail: 'it was redriven already, or is no longer in the dead-letter topic',
  };
}

function refused(id: string, { code, message }: RedriveRefusal): StreamInferError {
  return new StreamInferError(code, `${id}: ${message}`);
}
