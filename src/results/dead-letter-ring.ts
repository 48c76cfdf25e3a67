import { encodeDeadLetter, TRUNCATED_VALUE_BYTES } from '../codec/dead-letter';
import { decodeDeadLetter } from '../codec/decode-dead-letter';
import type { DeadLetter } from '../core/dead-letter';
import type { OutcomeObserver } from '../core/ports';
import type { ModelIdentity, Outcome } from '../core/prediction';

export interface DeadLetterLimits {
  readonly count: number;
  /** Total size; the oldest ones are dropped beyond it, bytes. */
  readonly bytes: number;
  /** A larger value is cut, and its dead letter cannot be redriven from memory, bytes. */
  readonly valueBytes: number;
}

export const DEAD_LETTER_LIMITS: DeadLetterLimits = {
  count: 1_000,
  bytes: 16 * 1024 * 1024,
  valueBytes: 1024 * 1024,
};

/** A dead letter in memory; `seq` increases by one with each. */
export interface KeptDeadLetter {
  readonly seq: number;
  readonly deadLetter: DeadLetter;
  /** ISO 8601; null if this process has not redriven it. */
  readonly redrivenAt: string | null;
}

export interface DeadLetterFilter {
  readonly code?: string;
  /** Cursor: only dead letters before this sequence number. */
  readonly before?: number;
  readonly limit: number;
}

/** The latest dead letters; the dead-letter topic has all of them. */
export interface DeadLetterView {
  /** Newest first. */
  list(filter: DeadLetterFilter): readonly KeptDeadLetter[];
  /** By source id. */
  get(id: string): KeptDeadLetter | undefined;
}

/** The latest dead letters that this process published or read, bounded in number and bytes. */
export class DeadLetterRing implements DeadLetterView, OutcomeObserver {
  /** By source id, oldest first. */
  readonly #kept = new Map<string, KeptDeadLetter>();
  #bytes = 0;
  #newest = 0;

  /** @param model the active model */
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
      const deadLetter = decodeDeadLetter(encodeDeadLetter(outcome, context));
      if (deadLetter !== undefined) this.#keep(detached(deadLetter));
    }
  }

  /** Adds dead letters read from the dead-letter topic. */
  add(deadLetters: readonly DeadLetter[]): void {
    for (const deadLetter of deadLetters) this.#keep(detached(deadLetter, this.limits.valueBytes));
  }

  list({ code, before = Infinity, limit }: DeadLetterFilter): KeptDeadLetter[] {
    const found: KeptDeadLetter[] = [];
    for (const kept of [...this.#kept.values()].reverse()) {
      if (found.length === limit) break;
      if (kept.seq < before && (code === undefined || kept.deadLetter.code === code)) found.push(kept);
    }
    return found;
  }

  get(id: string): KeptDeadLetter | undefined {
    return this.#kept.get(id);
  }

  /** @param at ISO 8601, or null after a failed redrive */
  setRedriven(id: string, at: string | null): void {
    const kept = this.#kept.get(id);
    if (kept !== undefined) this.#kept.set(id, { ...kept, redrivenAt: at });
  }

  /** The dead letter of a redelivered message replaces the first one. */
  #keep(deadLetter: DeadLetter): void {
    this.#drop(deadLetter.sourceId);
    this.#kept.set(deadLetter.sourceId, { seq: ++this.#newest, deadLetter, redrivenAt: null });
    this.#bytes += bytesOf(deadLetter);
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= this.limits.count && this.#bytes <= this.limits.bytes) break;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#bytes -= bytesOf(kept.deadLetter);
    this.#kept.delete(id);
  }
}

/** Copied, because a value is often a small view of a large buffer. */
function detached(deadLetter: DeadLetter, maxBytes = Infinity): DeadLetter {
  const { key, value, headers } = deadLetter.original;
  const cut = value !== null && value.length > maxBytes;
  const kept = cut ? value.subarray(0, TRUNCATED_VALUE_BYTES) : value;
  const original = { key: copyOf(key), value: copyOf(kept), headers };
  return { ...deadLetter, original, complete: deadLetter.complete && kept?.length === value?.length };
}

function copyOf(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

function bytesOf({ message, original: { key, value, headers } }: DeadLetter): number {
  const text = headers.reduce((sum, [name, content]) => sum + name.length + content.length, message.length);
  return (value?.length ?? 0) + (key?.length ?? 0) + text;
}
