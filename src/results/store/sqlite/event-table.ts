import type { EventFilter, EventImageName, StorableEvent, StoredEvent } from '../../../core/event';
import { MOST_EVENTS, type EventRequest } from '../event-request';
import { toStoredEvents } from '../event-rows';
import { counterSchema } from '../row-schemas';
import { Rows } from '../rows';
import { inTransaction, type Database } from './sql';

const COLUMNS = `seq, body, matches, last_at, acknowledged_at, acknowledged_by, note,
  (SELECT group_concat(name) FROM event_images WHERE event_images.id = events.id) AS images`;

/** Events, alerts and their images, in the store's own thread. */
export class EventTable {
  constructor(
    private readonly db: Database,
    private readonly mostEvents = MOST_EVENTS,
    private readonly rows = new Rows(),
  ) {}

  answer(request: EventRequest): unknown {
    switch (request.do) {
      case 'insert':
        return inTransaction(this.db, () => this.#insert(request.event));
      case 'add derived':
        return inTransaction(this.db, () => {
          this.#addImage(request.id, 'enlarged', request.images.enlarged);
          this.#addImage(request.id, 'occlusion', request.images.occlusion);
        });
      case 'add matches':
        return void this.#run(
          'UPDATE events SET matches = matches + ?, last_at = ? WHERE id = ?',
          request.matches,
          request.lastAt,
          request.id,
        );
      case 'acknowledge':
        return this.#acknowledge(request);
      case 'last alert':
        return this.#lastAlert();
      case 'list':
        return this.#list(request.filter);
      case 'get':
        return this.#rows('WHERE id = ?', request.id)[0];
      case 'alert':
        return this.#rows('WHERE alert = ?', request.number)[0];
      case 'image':
        return this.#image(request.id, request.name);
    }
  }

  /** Two processes that used the file in turn may have assigned the same number: the first alert keeps it. */
  #insert({ event: given, pixels }: StorableEvent): void {
    const taken = given.alert !== null && this.#select('WHERE alert = ? AND id <> ?', given.alert, given.id);
    const event = taken && taken.length > 0 ? { ...given, alert: null } : given;
    const { id, rule, alert, at, count } = event;
    const body = Buffer.from(JSON.stringify(event));
    const { changes } = this.#run(
      'INSERT OR IGNORE INTO events (id, rule, alert, matches, last_at, body) VALUES (?, ?, ?, ?, ?, ?)',
      ...[id, rule, alert, count, at, body],
    );
    if (changes === 0) return;
    if (pixels !== null) this.#addImage(id, 'image', pixels);
    // Stored separately, because events are deleted in time: a number is never reused.
    this.#run(
      `INSERT INTO counters VALUES ('alert', ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)`,
      alert ?? 0,
    );
    this.#letGo();
  }

  #letGo(): void {
    const [row] = this.db.prepare('SELECT max(seq) AS newest FROM events').all() as { newest: number }[];
    const oldest = (row?.newest ?? 0) - this.mostEvents;
    this.#run('DELETE FROM event_images WHERE id IN (SELECT id FROM events WHERE seq <= ?)', oldest);
    this.#run('DELETE FROM events WHERE seq <= ?', oldest);
  }

  /** Stores nothing if the event was deleted meanwhile. */
  #addImage(id: string, name: EventImageName, bytes: Uint8Array): void {
    this.#run(
      'INSERT OR REPLACE INTO event_images SELECT id, ?, ? FROM events WHERE id = ?',
      ...[name, bytes, id],
    );
  }

  #acknowledge(request: Extract<EventRequest, { do: 'acknowledge' }>): StoredEvent | undefined {
    const { at, by, note } = request.acknowledgement;
    this.#run(
      `UPDATE events SET acknowledged_at = ?, acknowledged_by = ?, note = ?
       WHERE alert = ? AND acknowledged_at IS NULL`,
      ...[at, by, note, request.number],
    );
    return this.#rows('WHERE alert = ?', request.number)[0];
  }

  #lastAlert(): number {
    const rows = this.db.prepare(`SELECT value FROM counters WHERE name = 'alert'`).all();
    const [value = 0] = this.rows.valid('counters', counterSchema, rows).map((row) => row.value);
    return value;
  }

  #list({ rule, alerts, acknowledged, before, limit }: EventFilter): StoredEvent[] {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    if (rule !== undefined) conditions.push('rule = ?');
    if (rule !== undefined) values.push(rule);
    if (alerts === true) conditions.push('alert IS NOT NULL');
    if (acknowledged !== undefined) conditions.push(`acknowledged_at IS ${acknowledged ? 'NOT ' : ''}NULL`);
    conditions.push('seq < ?');
    const rest = `WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`;
    const found: StoredEvent[] = [];
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let next = before ?? Number.MAX_SAFE_INTEGER; ;) {
      const wanted = limit - found.length;
      const rows = this.#select(rest, ...values, next, wanted);
      found.push(...toStoredEvents(this.rows, rows));
      const last = (rows.at(-1) as { seq: number } | undefined)?.seq;
      if (rows.length < wanted || found.length >= limit || last === undefined) return found;
      next = last;
    }
  }

  #image(id: string, name: EventImageName): Uint8Array | undefined {
    const rows = this.db.prepare('SELECT bytes FROM event_images WHERE id = ? AND name = ?').all(id, name);
    const [row] = rows as { bytes: ArrayBuffer }[];
    return row && new Uint8Array(row.bytes);
  }

  #rows(rest: string, ...values: (string | number)[]): StoredEvent[] {
    return toStoredEvents(this.rows, this.#select(rest, ...values));
  }

  #select(rest: string, ...values: (string | number)[]): unknown[] {
    return this.db.prepare(`SELECT ${COLUMNS} FROM events ${rest}`).all(...values);
  }

  #run(sql: string, ...values: unknown[]): { changes: number } {
    return this.db.prepare(sql).run(...values);
  }
}
