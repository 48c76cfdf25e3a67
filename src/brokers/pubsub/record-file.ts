import { open, rename, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/**
 * A file of JSON records, one a line behind its CRC-32, that is appended to and from time to time rewritten shorter.
 *
 * What comes while a write is under way goes out with the next one: one write for many records. An append is not
 * synced to the disk. It survives the end of this process, however sudden, but a power cut may take the records of the
 * last seconds and leave half a line; whatever has no valid checksum is passed over when the file is read.
 */
export class RecordFile {
  #handle: FileHandle | undefined;
  #waiting: string[] = [];
  #nextWrite: Promise<void> | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  #mustRewrite = true;
  #closed = false;

  /** @param snapshot the records that stand for everything appended so far */
  constructor(
    private readonly path: string,
    private readonly snapshot: () => Iterable<unknown>,
  ) {}

  /** Resolves when the operating system has it. After a failed write the next one writes everything anew. */
  append(record: unknown): Promise<void> {
    if (!this.#closed) this.#waiting.push(toLine(record));
    return this.#write();
  }

  /** Replaces the file by a snapshot, whole or not at all, and synced to the disk. */
  rewrite(): Promise<void> {
    this.#mustRewrite = true;
    return this.#write();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#lastWrite;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #write(): Promise<void> {
    if (this.#closed) return Promise.reject(new Error(`${this.path} is closed.`));
    if (this.#nextWrite === undefined) {
      this.#nextWrite = this.#lastWrite.then(() => this.#writeWaiting());
      this.#lastWrite = this.#nextWrite.catch(() => undefined);
    }
    return this.#nextWrite;
  }

  async #writeWaiting(): Promise<void> {
    const lines = this.#waiting.join('');
    this.#waiting = [];
    this.#nextWrite = undefined;
    try {
      if (this.#mustRewrite || this.#handle === undefined) await this.#writeSnapshot();
      else await this.#handle.appendFile(lines);
    } catch (error) {
      this.#mustRewrite = true;
      throw error;
    }
  }

  async #writeSnapshot(): Promise<void> {
    this.#mustRewrite = false;
    const lines = [...this.snapshot()].map(toLine);
    const draft = await open(`${this.path}.new`, 'w');
    try {
      await draft.writeFile(lines.join(''));
      await draft.sync();
    } finally {
      await draft.close();
    }
    await this.#handle?.close();
    this.#handle = undefined;
    await rename(`${this.path}.new`, this.path);
    this.#handle = await open(this.path, 'a');
  }
}

/** The records of a file's text, and how many lines were damaged (the last one, as a rule). */
export function parseRecords(text: string): { records: unknown[]; damaged: number } {
  const records: unknown[] = [];
  let damaged = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const json = line.slice(CHECKSUM_LENGTH + 1);
    if (line.slice(0, CHECKSUM_LENGTH) === checksum(json)) records.push(JSON.parse(json));
    else damaged++;
  }
  return { records, damaged };
}

const CHECKSUM_LENGTH = 8;

function toLine(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
