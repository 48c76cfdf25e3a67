import { readFile, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';
import { checked } from '../../codec/checked';
import { StreamInferError } from '../../core/errors';
import { makeFolder } from '../../core/make-folder';
import type { Log } from '../../core/ports';
import { RecordFile, parseRecords } from './record-file';

/** Acknowledged messages that are remembered all the same: at least so many, at most twice as many. */
const REMEMBERED = 50_000;
/** No subscription keeps a message for longer, hours (https://cloud.google.com/pubsub/quotas#resource_limits). */
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
 * Which messages of a subscription have their outcome published: a table that survives this process.
 *
 * A message is open from its publishing until Pub/Sub has confirmed its ack; an open one is never forgotten while the
 * subscription may still send it again. Closed ones are remembered for a while (REMEMBERED), since only a subscription
 * with exactly-once delivery keeps its word about them. Memory and file stay small: what is open is what is on its way.
 *
 * The folder holds one file for each instance that reads the subscription. An instance writes its own only, and learns
 * when it starts what the others on this machine have published.
 */
export class PublishedTable {
  /** id → when it was published, hours. */
  readonly #open = new Map<string, number>();
  #recent = new Set<string>();
  #older = new Set<string>();
  readonly #file: RecordFile;

  private constructor(
    path: string,
    private readonly now: () => number,
  ) {
    this.#file = new RecordFile(path, () => this.#snapshot());
  }

  /** Rejects with FILE_UNREADABLE when the folder cannot be written: then nothing could be promised. */
  static async open(
    folder: string,
    instanceId: string,
    log: Log,
    now: () => number = Date.now,
  ): Promise<PublishedTable> {
    try {
      makeFolder(folder);
      const table = new PublishedTable(join(folder, fileName(instanceId)), now);
      for (const name of await readdir(folder)) {
        if (name.endsWith(EXTENSION)) await table.#load(join(folder, name), log);
      }
      await table.#file.rewrite();
      return table;
    } catch (error) {
      throw StreamInferError.from(error, 'FILE_UNREADABLE', 'The table of published messages: ');
    }
  }

  has(id: string): boolean {
    return this.#open.has(id) || this.#recent.has(id) || this.#older.has(id);
  }

  /** In memory at once; resolves when it is written so that it survives this process (see RecordFile). */
  async addPublished(ids: readonly string[]): Promise<void> {
    const published = ids.filter((id) => !this.has(id));
    if (published.length === 0) return;
    const at = this.#hour();
    for (const id of published) this.#open.set(id, at);
    await this.#file.append({ at, published } satisfies TableRecord);
  }

  /** Their acks are confirmed: Pub/Sub does not send them again. */
  async addAcknowledged(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#close(id);
    if (this.#recent.size < REMEMBERED) {
      return await this.#file.append({ at: this.#hour(), acknowledged: ids } satisfies TableRecord);
    }
    this.#older = this.#recent;
    this.#recent = new Set();
    await this.#file.rewrite();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #close(id: string): void {
    this.#open.delete(id);
    if (!this.#older.has(id)) this.#recent.add(id);
  }

  async #load(path: string, log: Log): Promise<void> {
    if ((await stat(path)).mtimeMs < this.now() - RETENTION * HOUR) return await unlink(path);
    const { records: found, damaged: torn } = parseRecords(await readFile(path, 'utf8'));
    const records = found.flatMap((one) => {
      const result = checked(recordSchema, one);
      return 'value' in result ? [result.value] : [];
    });
    const damaged = torn + found.length - records.length;
    if (damaged > 0) log.warn({ path, damaged }, 'passed over damaged records of the published messages');
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

/** Instance ids are free text: everything that could lead out of the folder is encoded. */
function fileName(instanceId: string): string {
  return `${encodeURIComponent(instanceId).replaceAll('.', '%2E').slice(0, 200)}${EXTENSION}`;
}
