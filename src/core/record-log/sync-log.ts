import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../make-folder';
import { encodeRecord } from './record';
import { writeWhole } from './write';

/** The log is replaced by a snapshot when it is larger, and larger than twice its last snapshot, bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * A record log with synchronous appends: a record is in the kernel's page cache when `append` returns, which survives
 * the death of the process. No fsync. Every method throws the error of the file system.
 */
export class SyncRecordLog {
  #fd: number | null = null;
  #bytes = 0;
  #maxBytes = MAX_BYTES;
  #failed = false;

  /** @param snapshot one record that replaces all earlier ones, the one being appended included */
  constructor(
    private readonly path: string,
    private readonly snapshot: () => unknown,
  ) {}

  append(record: unknown): void {
    // After a failure the file may end in the middle of a record: a snapshot has it all.
    if (this.#fd === null || this.#failed || this.#bytes > this.#maxBytes) return this.rewrite();
    try {
      this.#bytes += writeWhole(this.#fd, encodeRecord(record));
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  /** Replaces the file by a snapshot; a crash leaves either the old file or the new one. */
  rewrite(): void {
    this.#failed = true;
    makeFolder(dirname(this.path));
    const draft = `${this.path}.new`;
    const fd = openSync(draft, 'w', 0o600);
    try {
      this.#bytes = writeWhole(fd, encodeRecord(this.snapshot()));
      renameSync(draft, this.path);
    } catch (error) {
      closeSync(fd);
      rmSync(draft, { force: true });
      throw error;
    }
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = fd;
    this.#maxBytes = Math.max(MAX_BYTES, 2 * this.#bytes);
    this.#failed = false;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}
