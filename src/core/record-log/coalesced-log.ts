import { open, rename, type FileHandle } from 'node:fs/promises';
import { encodeRecord } from './record';

/**
 * A record log with coalesced appends: records that arrive during a write are written together by the next one.
 *
 * An append is not synced to the disk. It survives the death of the process, but a power cut may lose the last seconds.
 */
export class CoalescedRecordLog {
  #handle: FileHandle | undefined;
  #waiting: string[] = [];
  #nextWrite: Promise<void> | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  #mustRewrite = true;
  #closed = false;

  /** @param snapshot records that replace all earlier ones */
  constructor(
    private readonly path: string,
    private readonly snapshot: () => Iterable<unknown>,
  ) {}

  /** Resolves when the operating system has the record. After a failed write the next one writes a snapshot. */
  append(record: unknown): Promise<void> {
    if (!this.#closed) this.#waiting.push(encodeRecord(record));
    return this.#write();
  }

  /** Replaces the file by a snapshot, atomically and synced to the disk. */
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
    if (this.#closed) return Promise.reject(new Error(`${this.path} is closed`));
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
    const lines = [...this.snapshot()].map(encodeRecord);
    const draft = await open(`${this.path}.new`, 'w', 0o600);
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
