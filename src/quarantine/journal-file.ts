import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { thisProcess, type JournalOwner } from './owner';

/** The first line of a journal; the slots begin at HEADER_BYTES. */
export interface JournalHeader extends JournalOwner {
  readonly format: 'stream-infer journal 1';
  readonly slotBytes: number;
}

export const JOURNAL_FORMAT = 'stream-infer journal 1';
export const HEADER_BYTES = 1024;

/**
 * A file of fixed slots, one for each batch that is with a worker: a JSON array of source ids and a line feed, or just a
 * line feed when the batch is back.
 *
 * Written synchronously, so that the ids are in the kernel's page cache before the worker gets the images; that survives
 * the death of the process. No fsync: what a power cut takes away is only a hint. Every method throws what the file
 * system throws, and a disk that takes only a part as ENOSPC.
 */
export class JournalFile {
  readonly #fd: number;
  readonly #freeSlots: number[] = [];
  #slots = 0;

  constructor(
    readonly path: string,
    private readonly slotBytes: number,
    owner: JournalOwner = thisProcess(),
  ) {
    this.#fd = openSync(path, 'wx', 0o600);
    const header: JournalHeader = { format: JOURNAL_FORMAT, slotBytes, ...owner };
    try {
      this.#write(`${JSON.stringify(header)}\n`, 0);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The slot that now holds these ids, to be given to `end`; undefined if they do not fit into one. */
  begin(ids: readonly string[]): number | undefined {
    const text = `${JSON.stringify(ids)}\n`;
    // A length in characters is one in bytes for the ids of all brokers; others are only cut when read back.
    if (text.length > this.slotBytes) return undefined;
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    this.#write(text, this.#position(slot));
    return slot;
  }

  end(slot: number): void {
    this.#write('\n', this.#position(slot));
    this.#freeSlots.push(slot);
  }

  /** Closes and removes the file: nothing was left with a worker. */
  remove(): void {
    closeSync(this.#fd);
    rmSync(this.path, { force: true });
  }

  #position(slot: number): number {
    return HEADER_BYTES + slot * this.slotBytes;
  }

  #write(text: string, position: number): void {
    const bytes = Buffer.from(text);
    const written = writeSync(this.#fd, bytes, 0, bytes.length, position);
    if (written < bytes.length) throw new Error(`ENOSPC: only ${written} of ${bytes.length} bytes written`);
  }
}
