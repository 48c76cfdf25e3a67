import type { Log } from './ports';

/** Origins of records that other programs, or earlier runs, have written. */
export const RECORD_SOURCES = [
  'predictions',
  'dead-letters',
  'events',
  'event-journal',
  'crash-journal',
  'callbacks',
  'store',
] as const;
export type RecordSource = (typeof RECORD_SOURCES)[number];

/** Records without the expected shape: they are counted, logged once per source, and skipped. */
export class SkippedRecords {
  readonly #counts = new Map<RecordSource, number>(RECORD_SOURCES.map((source) => [source, 0]));

  /** Since the start, by source; every source is present. */
  get counts(): ReadonlyMap<RecordSource, number> {
    return this.#counts;
  }

  /** @param about for the log: `problem` names the invalid field of the first record and the reason */
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
