import { randomBytes } from 'node:crypto';
import { Tally, type TallyData } from '../../tally';
import type { ArrivedDeadLetter, Arrivals, Position } from '../arrivals';
import { nameSchema, positionSchema } from '../row-schemas';
import { Rows } from '../rows';
import { inTransaction, type Database, type Statement } from './sql';
import type { Writer } from './writer';

/** Number of dead-letter ids to remember, so that a redelivered one is not counted twice. */
const MOST_LETTERS = 100_000;

/**
 * Stores messages in one transaction with their read positions, so that the reader resumes exactly there after a crash.
 * A redelivered message is recognized by its id.
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

  /** Stores all or nothing; neither this table nor its writer can be used after an error. */
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
