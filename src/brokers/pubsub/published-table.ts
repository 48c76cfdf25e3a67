import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';
import { checkedJson } from '../../codec/checked';
import { StreamInferError } from '../../core/errors';
import { makeFolder } from '../../core/make-folder';
import type { Log } from '../../core/ports';
import { CoalescedRecordLog } from '../../core/record-log/coalesced-log';
import { keepDamaged, readLog } from '../../core/record-log/read-log';

/** Acknowledged messages that stay in the table: at least this many, at most twice as many. */
const REMEMBERED = 50_000;
/** Longest retention of any subscription, hours (https://cloud.google.com/pubsub/quotas#resource_limits). */
const RETENTION = 31 * 24;
const HOUR = 3_600_000;
/** Ids in one record of a snapshot. */
const IDS_A_RECORD = 1_000;
const EXTENSION = '.table';

const ids = z.array(z.string()).readonly().exactOptional();
/** `at` in whole hours since 1970. */
const recordSchema = z.object({ at: z.int(), published: ids, acknowledged: ids });
type TableRecord = Readonly<z.infer<typeof recordSchema>>;

/**
 * Durable table of the messages of a subscription whose outcome is published.
 *
 * A message is open from its publishing until Pub/Sub confirms its ack. An open one is kept as long as the subscription may
 * redeliver it. A closed one is kept for a while (REMEMBERED), since without exactly-once delivery an ack can be lost.
 *
 * The folder holds one file for each instance that reads the subscription. An instance writes only its own file, and reads
 * those of other instances on this machine when it starts.
 */
export class PublishedTable {
  /** id → when it was published, hours. */
  readonly #open = new Map<string, number>();
  #recent = new Set<string>();
  #older = new Set<string>();
  readonly #records: CoalescedRecordLog;

  private constructor(
    path: string,
    private readonly now: () => number,
  ) {
    this.#records = new CoalescedRecordLog(path, () => this.#snapshot());
  }

  /** Rejects with FILE_UNREADABLE if the folder cannot be written, since nothing could be guaranteed then. */
  static async open(
    folder: string,
    instanceId: string,
    log: Log,
    now: () => number = Date.now,
  ): Promise<PublishedTable> {
    try {
      makeFolder(folder);
      const own = join(folder, fileName(instanceId));
      const table = new PublishedTable(own, now);
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        if (name.endsWith(EXTENSION)) await table.#load(path, path === own, log);
      }
      await table.#records.rewrite();
      return table;
    } catch (error) {
      throw StreamInferError.from(error, 'FILE_UNREADABLE', 'the table of published messages: ');
    }
  }

  has(id: string): boolean {
    return this.#open.has(id) || this.#recent.has(id) || this.#older.has(id);
  }

  /** In memory at once; resolves when the records survive this process (see CoalescedRecordLog). */
  async addPublished(ids: readonly string[]): Promise<void> {
    const published = ids.filter((id) => !this.has(id));
    if (published.length === 0) return;
    const at = this.#hour();
    for (const id of published) this.#open.set(id, at);
    await this.#records.append({ at, published } satisfies TableRecord);
  }

  /** Closes messages whose acks are confirmed, so Pub/Sub does not redeliver them. */
  async addAcknowledged(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#close(id);
    if (this.#recent.size < REMEMBERED) {
      return await this.#records.append({ at: this.#hour(), acknowledged: ids } satisfies TableRecord);
    }
    this.#older = this.#recent;
    this.#recent = new Set();
    await this.#records.rewrite();
  }

  async close(): Promise<void> {
    await this.#records.close();
  }

  #close(id: string): void {
    this.#open.delete(id);
    if (!this.#older.has(id)) this.#recent.add(id);
  }

  /** @param isOwn whether the file is rewritten afterwards */
  async #load(path: string, isOwn: boolean, log: Log): Promise<void> {
    if ((await stat(path)).mtimeMs < this.now() - RETENTION * HOUR) return await unlink(path);
    const { records: found, problems, torn } = readLog(path);
    const records = found.flatMap((json) => {
      const result = checkedJson(recordSchema, json);
      return 'value' in result ? [result.value] : [];
    });
    const damaged = problems.length + found.length - records.length;
    // A torn end is that of a crash, and of no use.
    const movedTo = damaged > 0 && isOwn ? keepDamaged(path, log) : undefined;
    if (damaged > 0 || torn)
      log.warn(
        { path, damaged: damaged + Number(torn), movedTo },
        'table of published messages has damaged records; skipped them',
      );
    const earliest = this.#hour() - RETENTION;
    for (const { at, published = [], acknowledged = [] } of records) {
      if (at < earliest) continue;
      for (const id of published) this.#open.set(id, at);
      for (const id of acknowledged) this.#close(id);
    }
  }

  *#snapshot(): Iterable<TableRecord> {
    const byHour = new Map<number, string[]>();
    for (const [id, at] of this.#open) {
      const ids = byHour.get(at);
      if (ids === undefined) byHour.set(at, [id]);
      else ids.push(id);
    }
    for (const [at, ids] of byHour) {
      if (at < this.#hour() - RETENTION) for (const id of ids) this.#open.delete(id);
      else for (const published of slices(ids)) yield { at, published };
    }
    const at = this.#hour();
    for (const acknowledged of slices([...this.#older, ...this.#recent])) yield { at, acknowledged };
  }

  #hour(): number {
    return Math.floor(this.now() / HOUR);
  }
}

function* slices(ids: readonly string[]): Iterable<readonly string[]> {
  for (let start = 0; start < ids.length; start += IDS_A_RECORD) yield ids.slice(start, start + IDS_A_RECORD);
}

/** Instance ids are free text, so characters that could leave the folder are encoded. */
function fileName(instanceId: string): string {
  return `${encodeURIComponent(instanceId).replaceAll('.', '%2E').slice(0, 200)}${EXTENSION}`;
}
