import type {
  DerivedImages,
  EventFilter,
  EventImageName,
  StorableEvent,
  StoredEvent,
} from '../../../core/event';
import { MOST_EVENTS, type EventRequest } from '../event-request';
import { toStoredEvents } from '../event-rows';
import { counterSchema } from '../row-schemas';
import { Rows } from '../rows';
import { inTransaction, lockUntilCommit, storable, type Sql } from './sql';

const COLUMNS = `seq, body, matches, last_at, acknowledged_at, acknowledged_by, note,
  (SELECT string_agg(name, ',') FROM event_images WHERE event_images.id = events.id) AS images`;

/** Events, alerts and their images of all processes. */
export class EventTable {
  constructor(
    /** One connection, for writes. */
    private readonly writer: Sql,
    private readonly readers: Sql,
    private readonly mostEvents = MOST_EVENTS,
    private readonly rows = new Rows(),
  ) {}

  async answer(request: EventRequest): Promise<unknown> {
    switch (request.do) {
      case 'insert':
        return await inTransaction(this.writer, () => this.#insert(request.event));
      case 'add derived':
        return await inTransaction(this.writer, () => this.#addDerived(request.id, request.images));
      case 'add matches':
        await this.writer.query('UPDATE events SET matches = matches + $1, last_at = $2 WHERE id = $3', [
          request.matches,
          request.lastAt,
          request.id,
        ]);
        return undefined;
      case 'acknowledge':
        return await this.#acknowledge(request);
      case 'last alert':
        return await this.#lastAlert(this.readers);
      case 'list':
        return await this.#list(request.filter);
      case 'get':
        return (await this.#select('WHERE id = $1', request.id))[0];
      case 'alert':
        return (await this.#select('WHERE alert = $1', request.number))[0];
      case 'image':
        return await this.#image(request.id, request.name);
    }
  }

  /**
   * Processes number their alerts independently, so one of two with the same number gets the next free one. Events are
   * rare: one process at a time stores them.
   */
  async #insert({ event: given, pixels }: StorableEvent): Promise<void> {
    await lockUntilCommit(this.writer, 'events');
    const known = await this.writer.query('SELECT 1 FROM events WHERE id = $1', [given.id]);
    if (known.rows.length > 0) return;
    const event = await this.#numbered(given);
    await this.writer.query(
      'INSERT INTO events (id, rule, alert, matches, last_at, body) VALUES ($1, $2, $3, $4, $5, $6)',
      [event.id, event.rule, event.alert, event.count, event.at, Buffer.from(JSON.stringify(event))],
    );
    if (pixels !== null) await this.#addImage(event.id, 'image', pixels);
    // Stored separately, because events are deleted in time: a number is never reused.
    await this.writer.query(
      `INSERT INTO counters VALUES ('alert', $1)
       ON CONFLICT (name) DO UPDATE SET value = greatest(counters.value, excluded.value)`,
      [event.alert ?? 0],
    );
    await this.writer.query('DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - $1', [
      this.mostEvents,
    ]);
  }

  async #numbered(event: StorableEvent['event']): Promise<StorableEvent['event']> {
    if (event.alert === null) return event;
    const taken = await this.writer.query('SELECT 1 FROM events WHERE alert = $1', [event.alert]);
    return taken.rows.length === 0 ? event : { ...event, alert: (await this.#lastAlert(this.writer)) + 1 };
  }

  async #addDerived(id: string, { enlarged, occlusion }: DerivedImages): Promise<void> {
    await this.#addImage(id, 'enlarged', enlarged);
    await this.#addImage(id, 'occlusion', occlusion);
  }

  /** Stores nothing if the event was deleted meanwhile. */
  async #addImage(id: string, name: EventImageName, bytes: Uint8Array): Promise<void> {
    await this.writer.query(
      `INSERT INTO event_images SELECT id, $1, $2 FROM events WHERE id = $3
       ON CONFLICT (id, name) DO UPDATE SET bytes = excluded.bytes`,
      [name, Buffer.from(bytes), id],
    );
  }

  async #acknowledge(
    request: Extract<EventRequest, { do: 'acknowledge' }>,
  ): Promise<StoredEvent | undefined> {
    const { at, by, note } = request.acknowledgement;
    await this.writer.query(
      `UPDATE events SET acknowledged_at = $1, acknowledged_by = $2, note = $3
       WHERE alert = $4 AND acknowledged_at IS NULL`,
      [at, storable(by), storable(note), request.number],
    );
    return (await this.#select('WHERE alert = $1', request.number))[0];
  }

  async #lastAlert(sql: Sql): Promise<number> {
    const { rows } = await sql.query(`SELECT value FROM counters WHERE name = 'alert'`);
    const [value = 0] = this.rows.valid('counters', counterSchema, rows).map((row) => row.value);
    return value;
  }

  async #list({ rule, alerts, acknowledged, before, limit }: EventFilter): Promise<StoredEvent[]> {
    const conditions = ['seq < $1'];
    if (alerts === true) conditions.push('alert IS NOT NULL');
    if (acknowledged !== undefined) conditions.push(`acknowledged_at IS ${acknowledged ? 'NOT ' : ''}NULL`);
    if (rule !== undefined) conditions.push('rule = $3');
    const rest = `WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT $2`;
    const found: StoredEvent[] = [];
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let next = before ?? Number.MAX_SAFE_INTEGER; ;) {
      const wanted = limit - found.length;
      const rows = await this.#query(rest, next, wanted, ...(rule === undefined ? [] : [rule]));
      found.push(...toStoredEvents(this.rows, rows));
      const last = (rows.at(-1) as { seq: number } | undefined)?.seq;
      if (rows.length < wanted || found.length >= limit || last === undefined) return found;
      next = last;
    }
  }

  async #image(id: string, name: EventImageName): Promise<Uint8Array | undefined> {
    const text = 'SELECT bytes FROM event_images WHERE id = $1 AND name = $2';
    const [row] = (await this.readers.query(text, [id, name])).rows as { bytes: Buffer }[];
    return row && new Uint8Array(row.bytes);
  }

  async #select(rest: string, ...values: (string | number)[]): Promise<StoredEvent[]> {
    return toStoredEvents(this.rows, await this.#query(rest, ...values));
  }

  async #query(rest: string, ...values: (string | number)[]): Promise<unknown[]> {
    return (await this.readers.query(`SELECT ${COLUMNS} FROM events ${rest}`, values)).rows as unknown[];
  }
}
