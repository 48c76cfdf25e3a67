import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { decodeLine, encodeRecord, type DecodedLine } from './record';
import { writeWhole } from './write';

/** The first record of the file; the slots begin here, bytes. */
export const HEADER_BYTES = 1024;

/**
 * A record log of fixed slots for records that are soon obsolete: `put` writes one record, `clear` frees its slot, each
 * with one synchronous write. The file stays as large as the most records held at once, and never needs a snapshot.
 *
 * No fsync. Every method throws the error of the file system.
 */
export class SlotLog {
  readonly #fd: number;
  readonly #freeSlots: number[] = [];
  #slots = 0;

  /** Creates the file; it must not exist. */
  constructor(
    readonly path: string,
    private readonly slotBytes: number,
    header: object,
  ) {
    this.#fd = openSync(path, 'wx', 0o600);
    try {
      writeWhole(this.#fd, encodeRecord(header), 0);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The slot that now holds the record, for `clear`; undefined if the record is too large for one. */
  put(record: unknown): number | undefined {
    const line = encodeRecord(record);
    if (Buffer.byteLength(line) > this.slotBytes) return undefined;
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    writeWhole(this.#fd, line, this.#position(slot));
    return slot;
  }

  clear(slot: number): void {
    writeWhole(this.#fd, '\n', this.#position(slot));
    this.#freeSlots.push(slot);
  }

  /** Closes and deletes the file. */
  remove(): void {
    closeSync(this.#fd);
    rmSync(this.path, { force: true });
  }

  #position(slot: number): number {
    return HEADER_BYTES + slot * this.slotBytes;
  }
}

/** Reads a slot log of an earlier process, also one without checksums. Throws the error of the file system. */
export class SlotReader {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  get bytes(): number {
    return fstatSync(this.#fd).size;
  }

  /** The JSON text of the header, or why the file does not begin with one. */
  header(): DecodedLine {
    return decodeLine(this.#line(0, HEADER_BYTES) ?? '');
  }

  /** The JSON texts of the occupied slots; torn ones are left out. */
  *records(slotBytes: number): Iterable<string> {
    for (let position = HEADER_BYTES; ; position += slotBytes) {
      const line = this.#line(position, slotBytes);
      if (line === undefined) return;
      const decoded = decodeLine(line);
      if ('json' in decoded) yield decoded.json;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The text up to a line feed; empty if there is none within `length`, undefined at the end of the file. */
  #line(position: number, length: number): string | undefined {
    const bytes = Buffer.alloc(length);
    const read = readSync(this.#fd, bytes, 0, length, position);
    if (read === 0) return undefined;
    const end = bytes.subarray(0, read).indexOf(0x0a);
    return end < 0 ? '' : bytes.toString('utf8', 0, end);
  }
}
