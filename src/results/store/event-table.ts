import type {
  EventFilter,
  EventImageName,
  EventWithImage,
  NoticedEvent,
  StoredEvent,
} from '../../core/event';
import type { EventRequest } from './event-request';
import { inTransaction, type Database } from './sql';

/** Events that are kept; the oldest leave. With their images some 15 KB each. */
const MOST_EVENTS = 5_000;

const COLUMNS = `seq, body, matches, last_at, acknowledged_at, acknowledged_by, note,
  (SELECT group_concat(name) FROM event_images WHERE event_images.id = events.id) AS images`;

interface Row {
  readonly seq: number;
  readonly body: ArrayBuffer;
  readonly matches: number;
  readonly last_at: string;
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly note: string | null;
  readonly images: string | null;
}

/** Events, alerts and their images, in the store's own thread. */
export class EventTable {
  constructor(
    private readonly db: Database,
    private readonly mostEvents = MOST_EVENTS,
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
      case 'go on':
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

  /** Two processes that had the file in turns may have given out one number: the alert that came first keeps it. */
  #insert({ event: given, pixels }: EventWithImage): void {
    const taken = given.alert !== null && this.#rows('WHERE alert = ? AND id <> ?', given.alert, given.id);
    const event = taken && taken.length > 0 ? { ...given, alert: null } : given;
    const { id, rule, alert, at, count } = event;
    const body = Buffer.from(JSON.stringify(event));
    const { changes } = this.#run(
      'INSERT OR IGNORE INTO events (id, rule, alert, matches, last_at, body) VALUES (?, ?, ?, ?, ?, ?)',
      ...[id, rule, alert, count, at, body],
    );
    if (changes === 0) return;
    if (pixels !== null) this.#addImage(id, 'image', pixels);
    // Kept apart from the events, which leave some day: a number is never given twice.
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

  /** Of an event that has left meanwhile nothing is kept. */
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
    return (rows as { value: number }[])[0]?.value ?? 0;
  }

  #list({ rule, alerts, acknowledged, before, limit }: EventFilter): StoredEvent[] {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    if (rule !== undefined) conditions.push('rule = ?');
    if (rule !== undefined) values.push(rule);
    if (alerts === true) conditions.push('alert IS NOT NULL');
    if (acknowledged !== undefined) conditions.push(`acknowledged_at IS ${acknowledged ? 'NOT ' : ''}NULL`);
    if (before !== undefined) conditions.push('seq < ?');
    if (before !== undefined) values.push(before);
    return this.#rows(
      `WHERE ${conditions.join(' AND ') || 'true'} ORDER BY seq DESC LIMIT ?`,
      ...values,
      limit,
    );
  }

  #image(id: string, name: EventImageName): Uint8Array | undefined {
    const rows = this.db.prepare('SELECT bytes FROM event_images WHERE id = ? AND name = ?').all(id, name);
    const [row] = rows as { bytes: ArrayBuffer }[];
    return row && new Uint8Array(row.bytes);
  }

  #rows(rest: string, ...values: (string | number)[]): StoredEvent[] {
    const rows = this.db.prepare(`SELECT ${COLUMNS} FROM events ${rest}`).all(...values);
    return (rows as Row[]).map(toStored);
  }

  #run(sql: string, ...values: unknown[]): { changes: number } {
    return this.db.prepare(sql).run(...values);
  }
}

function toStored(row: Row): StoredEvent {
  const event = JSON.parse(Buffer.from(row.body).toString()) as NoticedEvent;
  const names = row.images?.split(',') ?? [];
  return {
    ...event,
    seq: row.seq,
    matches: row.matches,
    lastAt: row.last_at,
    acknowledged:
      row.acknowledged_at === null
        ? null
        : { at: row.acknowledged_at, by: row.acknowledged_by ?? '', note: row.note ?? '' },
    images: {
      image: names.includes('image'),
      enlarged: names.includes('enlarged'),
      occlusion: names.includes('occlusion'),
    },
  };
}
