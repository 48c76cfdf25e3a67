import { randomBytes } from 'node:crypto';
import { Tally, type TallyData } from '../tally';
import type { Chunk } from './chunk';
import { nameSchema, positionSchema } from './row-schemas';
import { Rows } from './rows';
import { inTransaction, type Database, type Statement } from './sql';
import type { Writer } from './writer';

/** The message to go on with in a partition. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

/** What was read from topics in one go, and how far they were read with it. */
export interface Arrivals {
  readonly chunk: Chunk;
  readonly letters: readonly ArrivedDeadLetter[];
  /** Empty where the broker itself remembers what was read. */
  readonly positions: readonly Position[];
}

export interface ArrivedDeadLetter {
  /** Source id. */
  readonly id: string;
  /** When it failed, ms since 1970. */
  readonly at: number;
}

/** Ids of dead letters that are remembered, so that one that comes again is not counted again. */
const MOST_LETTERS = 100_000;

/**
 * Stores what was read from topics in one transaction with how far they were read: after a crash the reader goes on with
 * what is not here, and what comes all the same is known by its id.
 */
export class ArrivalTable {
  readonly #insertLetter: Statement;
  readonly #deleteLetters: Statement;
  readonly #setPosition: Statement;

  constructor(
    private readonly db: Database,
    private readonly writer: Writer,
    private readonly rows = new Rows(),
  ) {
    this.#insertLetter = db.prepare('INSERT OR IGNORE INTO letters (id) VALUES (?)');
    this.#deleteLetters = db.prepare('DELETE FROM letters WHERE seq <= (SELECT max(seq) FROM letters) - ?');
    this.#setPosition = db.prepare(
      'INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next',
    );
  }

  /** All of it or nothing; of no use after an error, as its writer is. */
  put({ chunk, letters, positions }: Arrivals): void {
    inTransaction(this.db, () => {
      this.writer.add({ ...chunk, rest: this.#countNew(letters) });
      for (const { topic, partition, next } of positions) this.#setPosition.run(topic, partition, next);
    });
  }

  positions(topic: string): Position[] {
    const found = this.db.prepare('SELECT * FROM positions WHERE topic = ?').all(topic);
    return this.rows.valid('positions', positionSchema, found);
  }

  name(): string {
    const find = this.db.prepare(`SELECT value FROM names WHERE name = 'reader'`);
    const [known] = this.rows.valid('names', nameSchema, find.all());
    if (known !== undefined) return known.value;
    const name = randomBytes(4).toString('hex');
    this.db.prepare(`INSERT OR REPLACE INTO names VALUES ('reader', ?)`).run(name);
    return name;
  }

  #countNew(letters: readonly ArrivedDeadLetter[]): TallyData | null {
    if (letters.length === 0) return null;
    const tally = new Tally();
    for (const { id, at } of letters) if (this.#insertLetter.run(id).changes === 1) tally.addDeadLetter(at);
    this.#deleteLetters.run(MOST_LETTERS);
    return tally.data();
  }
}
