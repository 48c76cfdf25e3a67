import type { Log } from './ports';

/** Where records come from that other programs, or earlier runs, have written. */
export const RECORD_SOURCES = [
  'predictions',
  'dead-letters',
  'events',
  'event-journal',
  'crash-journal',
  'store',
] as const;
export type RecordSource = (typeof RECORD_SOURCES)[number];

/** Records that do not have the expected shape: they are counted, logged once a source, and skipped. */
export class SkippedRecords {
  readonly #counts = new Map<RecordSource, number>(RECORD_SOURCES.map((source) => [source, 0]));

  /** Since the start, by source; every source is there. */
  get counts(): ReadonlyMap<RecordSource, number> {
    return this.#counts;
  }

  /** @param about for the log: `problem` says which field is wrong in the first record, and how */
  add(
    source: RecordSource,
    records: number,
    about: { readonly problem: string; readonly [field: string]: unknown },
    log: Log,
  ): void {
    if (records === 0) return;
    const before = this.#counts.get(source) ?? 0;
    this.#counts.set(source, before + records);
    if (before === 0)
      log.warn({ source, records, ...about }, 'a record is invalid and was skipped; logged once per source');
  }
}
