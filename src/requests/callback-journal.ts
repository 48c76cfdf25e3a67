import { z } from 'zod';
import { checkedJson } from '../codec/checked';
import { messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import { keepDamaged, readLog } from '../core/record-log/read-log';
import { SyncRecordLog } from '../core/record-log/sync-log';
import type { SkippedRecords } from '../core/skipped-records';

/** A callback that was not delivered yet. */
export interface OpenCallback {
  readonly id: string;
  readonly url: string;
  /** Time of the request, ms since 1970. */
  readonly at: number;
}

const callback = z.object({ id: z.string(), url: z.string(), at: z.number() });
const recordSchema = z.union([
  z.object({ open: callback }),
  z.object({ done: z.string() }),
  z.object({ snapshot: z.array(callback) }),
]);

/** The open callbacks, oldest first; with a path they survive the process. */
export class CallbackJournal {
  readonly #open = new Map<string, OpenCallback>();
  readonly #records: SyncRecordLog | null;
  #failed = false;

  /** @param path null to keep them in memory only */
  constructor(
    path: string | null,
    private readonly log: Log,
    skipped: SkippedRecords,
  ) {
    this.#records =
      path === null ? null : new SyncRecordLog(path, () => ({ snapshot: [...this.#open.values()] }));
    if (path === null) return;
    this.#restore(path, skipped);
    // A crash in the middle of a record must not damage the next one.
    if (this.#open.size > 0) this.#try((records) => records.rewrite());
  }

  get open(): ReadonlyMap<string, OpenCallback> {
    return this.#open;
  }

  add(one: OpenCallback): void {
    // The map is in order of time.
    this.#open.delete(one.id);
    this.#open.set(one.id, one);
    this.#try((records) => records.append({ open: one }));
  }

  done(id: string): void {
    if (this.#open.delete(id)) this.#try((records) => records.append({ done: id }));
  }

  close(): void {
    this.#records?.close();
  }

  #restore(path: string, skipped: SkippedRecords): void {
    try {
      const { records, problems } = readLog(path);
      const bad = [...problems];
      for (const json of records) {
        const result = checkedJson(recordSchema, json);
        if ('problem' in result) bad.push(result.problem);
        else this.#apply(result.value);
      }
      const [problem] = bad;
      if (problem === undefined) return;
      const movedTo = keepDamaged(path, this.log);
      skipped.add('callbacks', bad.length, { problem, path, movedTo }, this.log);
    } catch (error) {
      this.log.error(
        { path, error: messageOf(error) },
        'cannot read the open callbacks; starting without them',
      );
    }
  }

  #apply(record: z.infer<typeof recordSchema>): void {
    if ('done' in record) this.#open.delete(record.done);
    else for (const one of 'open' in record ? [record.open] : record.snapshot) this.#open.set(one.id, one);
  }

  #try(work: (records: SyncRecordLog) => void): void {
    if (this.#records === null) return;
    try {
      work(this.#records);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed)
        this.log.error({ error: messageOf(error) }, 'cannot write open callbacks; a restart forgets them');
      this.#failed = true;
    }
  }
}
