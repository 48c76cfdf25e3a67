import { renameSync, statSync } from 'node:fs';
import { z } from 'zod';
import { checkedJson } from '../codec/checked';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import { readLog } from '../core/record-log/read-log';
import { appendShared } from '../core/record-log/shared-log';
import { AUDITED_ACTIONS, OPERATOR_CHANNELS, type AuditEntry, type AuditTrail } from '../core/steering';

/** A larger file is renamed to `<file>.1`, and a new one begins, bytes. */
const MAX_BYTES = 1024 * 1024;
/** Entries kept in memory for the page and the API. */
const KEPT = 500;

const entrySchema = z.object({
  number: z.int().min(1),
  at: z.string(),
  action: z.enum(AUDITED_ACTIONS),
  by: z.string(),
  via: z.enum(OPERATOR_CHANNELS),
  address: z.string().nullable(),
  reason: z.string(),
  detail: z.string(),
  outcome: z.enum(['pending', 'done', 'failed']),
  result: z.string(),
}) satisfies z.ZodType<AuditEntry>;

/**
 * Who changed the stream, when and with which effect. Each change is two records in the file: one before it happens and
 * one with its outcome. A change whose first record cannot be written does not happen.
 */
export class AuditLog implements AuditTrail {
  /** Oldest first; a later record of the same number replaces the earlier one. */
  readonly #entries = new Map<number, AuditEntry>();
  #lastNumber = 0;

  /** @param path null to keep the entries in memory only */
  constructor(
    private readonly path: string | null,
    private readonly log: Log,
  ) {
    if (path !== null) this.#restore(path);
  }

  /** Throws CONFIG_INVALID, for a path that somebody chose: otherwise only the first change would find out. */
  requireWritable(): void {
    if (this.path === null) return;
    try {
      appendShared(this.path, []);
    } catch (error) {
      throw new StreamInferError(
        'CONFIG_INVALID',
        `steering.auditLog: ${this.path} cannot be written (${messageOf(error)}); use another path, or none`,
        { cause: error },
      );
    }
  }

  /** Throws FILE_UNREADABLE if the file cannot be written. */
  begin(asked: Parameters<AuditTrail['begin']>[0]): AuditEntry {
    const entry: AuditEntry = {
      number: this.#lastNumber + 1,
      at: new Date().toISOString(),
      ...asked,
      outcome: 'pending',
      result: '',
    };
    this.#write(entry);
    this.#keep(entry);
    return entry;
  }

  /** Never throws: the change has happened. */
  end(entry: AuditEntry, outcome: 'done' | 'failed', result: string): void {
    const ended = { ...entry, outcome, result };
    this.#keep(ended);
    try {
      this.#write(ended);
    } catch (error) {
      this.log.error({ error: messageOf(error) }, 'cannot write the outcome of a change to the audit log');
    }
  }

  /** Newest first; only entries before that number if it is given. */
  list(limit: number, before = Infinity): readonly AuditEntry[] {
    return [...this.#entries.values()]
      .reverse()
      .filter(({ number }) => number < before)
      .slice(0, limit);
  }

  #keep(entry: AuditEntry): void {
    this.#lastNumber = Math.max(this.#lastNumber, entry.number);
    this.#entries.set(entry.number, entry);
    for (const number of this.#entries.keys()) {
      if (this.#entries.size <= KEPT) return;
      this.#entries.delete(number);
    }
  }

  #write(entry: AuditEntry): void {
    if (this.path === null) return;
    try {
      if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES)
        renameSync(this.path, `${this.path}.1`);
      appendShared(this.path, [entry]);
    } catch (error) {
      throw new StreamInferError(
        'FILE_UNREADABLE',
        `the audit log ${this.path} cannot be written (${messageOf(error)}), so nothing was changed; free or repair it, or set steering.auditLog`,
        { cause: error },
      );
    }
  }

  #restore(path: string): void {
    for (const file of [`${path}.1`, path]) {
      try {
        this.#restoreFrom(file);
      } catch (error) {
        this.log.warn(
          { path: file, error: messageOf(error) },
          'audit log is unreadable; continuing without it',
        );
      }
    }
  }

  #restoreFrom(path: string): void {
    const { records, problems } = readLog(path);
    const found = records.map((json) => checkedJson(entrySchema, json));
    for (const one of found) if ('value' in one) this.#keep(one.value);
    const damaged = problems.length + found.filter((one) => 'problem' in one).length;
    if (damaged > 0) this.log.warn({ path, damaged }, 'skipped damaged records of the audit log');
  }
}
