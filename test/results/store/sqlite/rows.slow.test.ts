import { ArrivalTable } from '../../../../src/results/store/sqlite/arrival-table';
import { EventTable } from '../../../../src/results/store/sqlite/event-table';
import { Reader } from '../../../../src/results/store/sqlite/reader';
import { Rows } from '../../../../src/results/store/rows';
import type { Database } from '../../../../src/results/store/sqlite/sql';
import { Writer } from '../../../../src/results/store/sqlite/writer';
import { makeEvent } from '../../../helpers/events';
import { createChunk, mixedFields, newStorePath, withDatabase } from '../../../helpers/store';

/** A store with five predictions and five events, after `sql` has changed it. */
async function changed<T>(
  sql: string,
  look: (parts: { reader: Reader; events: EventTable; arrivals: ArrivalTable; skipped: string[] }) => T,
): Promise<T> {
  return await withDatabase(newStorePath(), (db: Database) => {
    const skipped: string[] = [];
    const rows = new Rows((table, problem) => skipped.push(`${table}: ${problem}`));
    const writer = new Writer(db, { rows: 1_000, days: 30 });
    const reader = new Reader(db, rows);
    const events = new EventTable(db, 100, rows);
    const arrivals = new ArrivalTable(db, writer, rows);
    const chunk = createChunk([0, 1, 2, 3, 4].map(mixedFields));
    arrivals.put({ chunk, letters: [], positions: [{ topic: 't', partition: 0, next: 5 }] });
    for (let alert = 1; alert <= 5; alert++)
      events.answer({ do: 'insert', event: makeEvent({ id: `e${alert}`, alert }) });
    db.exec(sql);
    return look({ reader, events, arrivals, skipped });
  });
}

const BODIES = ["'{'", "'null'", "'[]'", "'{}'", '5', "x'ff'", `'{"schemaVersion":1,"id":{}}'`];

it.each(BODIES)(
  'a prediction whose body is %s is skipped, and the page is as long as without it',
  async (body) => {
    await changed(`UPDATE predictions SET body = ${body} WHERE id IN ('n4', 'n2')`, ({ reader, skipped }) => {
      const first = reader.list({ limit: 2 });
      expect(first.map(({ prediction }) => prediction.id)).toEqual(['n3', 'n1']);
      expect(reader.list({ limit: 2, before: first[1]!.seq }).map(({ prediction }) => prediction.id)).toEqual(
        ['n0'],
      );
      expect(reader.get('n4')).toBeUndefined();
      expect(skipped[0]).toMatch(/^predictions: /);
    });
  },
);

it.each(BODIES)(
  'an event whose body is %s is skipped, and the page is as long as without it',
  async (body) => {
    await changed(`UPDATE events SET body = ${body} WHERE id IN ('e5', 'e3')`, ({ events, skipped }) => {
      expect(events.answer({ do: 'list', filter: { limit: 2 } })).toMatchObject([{ id: 'e4' }, { id: 'e2' }]);
      expect(events.answer({ do: 'alert', number: 5 })).toBeUndefined();
      // Its number is still in use.
      events.answer({ do: 'insert', event: makeEvent({ id: 'new', alert: 5 }) });
      expect(events.answer({ do: 'get', id: 'new' })).toMatchObject({ alert: null });
      expect(skipped[0]).toMatch(/^events: /);
    });
  },
);

it.each([
  ['cells', 'UPDATE cells SET label = label + 99999'],
  ['cells', "UPDATE cells SET count = 'many'"],
  ['bins', 'UPDATE bins SET bin = bin + 1000'],
  ['bins', "UPDATE bins SET judged = 'x'"],
])('invalid figures of %s are skipped (%s)', async (table, sql) => {
  await changed(sql, ({ reader, skipped }) => {
    const { cells, bins } = reader.counts();
    const numbers = [...cells.flat(), ...bins.filter((_, at) => at % 4 < 3)];
    expect(numbers.every(Number.isInteger)).toBe(true);
    expect(skipped[0]).toMatch(new RegExp(`^${table}: `));
  });
});

it('an invalid minute is skipped', async () => {
  await changed("UPDATE minutes SET correct = 'x'", ({ reader, skipped }) => {
    expect(reader.history(5, Date.now()).every(({ predictions }) => predictions === 0)).toBe(true);
    expect(skipped).toEqual([expect.stringMatching(/^minutes: correct/)]);
  });
});

it.each(["next = 'x'", 'next = -1', 'next = 1.5', "partition = 'x'"])(
  'an invalid position (%s) counts as unknown',
  async (change) => {
    await changed(`UPDATE positions SET ${change}`, ({ arrivals, skipped }) => {
      expect(arrivals.positions('t')).toEqual([]);
      expect(skipped).toHaveLength(1);
    });
  },
);

it('an invalid name is replaced', async () => {
  await changed("INSERT INTO names VALUES ('reader', x'00')", ({ arrivals, skipped }) => {
    const name = arrivals.name();
    expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(arrivals.name()).toBe(name);
    expect(skipped).toHaveLength(1);
  });
});

it('an invalid alert counter and an image of another size are skipped', async () => {
  const sql = "UPDATE counters SET value = 'x'; UPDATE images SET pixels = x'00'";
  await changed(sql, ({ events, reader, skipped }) => {
    expect(events.answer({ do: 'last alert' })).toBe(0);
    expect(reader.image('n1')).toBeUndefined();
    expect(skipped).toHaveLength(1);
  });
});
