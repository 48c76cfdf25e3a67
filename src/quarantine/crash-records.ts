/** A run that crashed while its workers had images. */
export interface CrashRecord {
  /** Images that no worker has classified since. */
  readonly ids: Set<string>;
  /** Throws the error of the file system. */
  remove(): void;
}

/**
 * The crashes of earlier runs. The crash count of an image is the number of records that name it. A record is removed when
 * all its images were classified.
 */
export class CrashRecords {
  readonly #records: readonly CrashRecord[];
  /** Source id → number of crashes. */
  readonly #crashCounts = new Map<string, number>();

  constructor(records: readonly CrashRecord[]) {
    this.#records = records;
    for (const { ids } of records) {
      for (const id of ids) this.#crashCounts.set(id, this.crashCount(id) + 1);
    }
  }

  /** Number of recorded crashes. */
  get size(): number {
    return this.#records.length;
  }

  /** No image was in a worker during a crash. */
  get empty(): boolean {
    return this.#crashCounts.size === 0;
  }

  /** In how many crashes a worker had this image. */
  crashCount(id: string): number {
    return this.#crashCounts.get(id) ?? 0;
  }

  /** Number of images with at least this crash count. */
  countFrom(crashes: number): number {
    return [...this.#crashCounts.values()].filter((count) => count >= crashes).length;
  }

  /** Forgets images that a worker has returned. */
  release(ids: readonly string[]): void {
    if (this.#crashCounts.size === 0) return;
    const known = ids.filter((id) => this.#crashCounts.delete(id));
    if (known.length === 0) return;
    for (const record of this.#records) {
      for (const id of known) record.ids.delete(id);
      if (record.ids.size === 0) record.remove();
    }
  }
}
