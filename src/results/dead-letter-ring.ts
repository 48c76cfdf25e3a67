import { encodeDeadLetter, TRUNCATED_VALUE_BYTES } from '../codec/dead-letter';
import { decodeDeadLetter } from '../codec/decode-dead-letter';
import type { DeadLetter } from '../core/dead-letter';
import type { OutcomeObserver } from '../core/ports';
import type { ModelIdentity, Outcome } from '../core/prediction';

export interface DeadLetterLimits {
  readonly letters: number;
  /** Of all letters together; older ones leave, bytes. */
  readonly bytes: number;
  /** Of a larger value only the beginning is kept, and the letter cannot be redriven from here, bytes. */
  readonly valueBytes: number;
}

export const DEAD_LETTER_LIMITS: DeadLetterLimits = {
  letters: 1_000,
  bytes: 16 * 1024 * 1024,
  valueBytes: 1024 * 1024,
};

/** A dead letter of this process; `seq` grows by one with each. */
export interface KeptLetter {
  readonly seq: number;
  readonly letter: DeadLetter;
  /** ISO 8601, null as long as it was not redriven from here. */
  readonly redrivenAt: string | null;
}

export interface DeadLetterFilter {
  readonly code?: string;
  /** Cursor: only those that came before the letter with this sequence number. */
  readonly before?: number;
  readonly limit: number;
}

/** The latest dead letters; the dead-letter topic has them all. */
export interface DeadLetterView {
  /** Newest first. */
  list(filter: DeadLetterFilter): readonly KeptLetter[];
  /** By source id. */
  get(id: string): KeptLetter | undefined;
}

/** The latest dead letters that this process made or read, bounded in number and bytes. */
export class DeadLetterRing implements DeadLetterView, OutcomeObserver {
  /** By source id, oldest first. */
  readonly #kept = new Map<string, KeptLetter>();
  #bytes = 0;
  #newest = 0;

  /** @param model what is loaded at the moment */
  constructor(
    private readonly model: () => ModelIdentity | null,
    private readonly limits: DeadLetterLimits = DEAD_LETTER_LIMITS,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.kind === 'prediction') continue;
      const context = { model: this.model(), maxValueBytes: this.limits.valueBytes };
      const letter = decodeDeadLetter(encodeDeadLetter(outcome, context));
      if (letter !== undefined) this.#keep(detached(letter));
    }
  }

  /** Letters that were read from the dead-letter topic. */
  add(letters: readonly DeadLetter[]): void {
    for (const letter of letters) this.#keep(detached(letter, this.limits.valueBytes));
  }

  list({ code, before = Infinity, limit }: DeadLetterFilter): KeptLetter[] {
    const found: KeptLetter[] = [];
    for (const kept of [...this.#kept.values()].reverse()) {
      if (found.length === limit) break;
      if (kept.seq < before && (code === undefined || kept.letter.code === code)) found.push(kept);
    }
    return found;
  }

  get(id: string): KeptLetter | undefined {
    return this.#kept.get(id);
  }

  /** @param at ISO 8601, null for a redrive that failed */
  setRedriven(id: string, at: string | null): void {
    const kept = this.#kept.get(id);
    if (kept !== undefined) this.#kept.set(id, { ...kept, redrivenAt: at });
  }

  /** A message that was delivered again after a crash takes the place of its first letter. */
  #keep(letter: DeadLetter): void {
    this.#drop(letter.sourceId);
    this.#kept.set(letter.sourceId, { seq: ++this.#newest, letter, redrivenAt: null });
    this.#bytes += bytesOf(letter);
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= this.limits.letters && this.#bytes <= this.limits.bytes) break;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#bytes -= bytesOf(kept.letter);
    this.#kept.delete(id);
  }
}

/** Copied, since a value is often a small view of a large buffer that would stay in memory. */
function detached(letter: DeadLetter, mostBytes = Infinity): DeadLetter {
  const { key, value, headers } = letter.original;
  const cut = value !== null && value.length > mostBytes;
  const kept = cut ? value.subarray(0, TRUNCATED_VALUE_BYTES) : value;
  const original = { key: copyOf(key), value: copyOf(kept), headers };
  return { ...letter, original, complete: letter.complete && kept?.length === value?.length };
}

function copyOf(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

function bytesOf({ message, original: { key, value, headers } }: DeadLetter): number {
  const text = headers.reduce((sum, [name, content]) => sum + name.length + content.length, message.length);
  return (value?.length ?? 0) + (key?.length ?? 0) + text;
}
