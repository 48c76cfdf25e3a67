import { NO_PARTITION, type PredictionOrigin } from '../origin';
import type { Database, Statement } from './sql';

/** Numbers of the combinations of topic, partition and model; new ones are stored. */
export class Origins {
  readonly #known = new Map<string, number>();
  readonly #insert: Statement;
  readonly #find: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare(
      'INSERT OR IGNORE INTO origins (topic, partition, model, version) VALUES (?, ?, ?, ?)',
    );
    this.#find = db.prepare(
      'SELECT origin FROM origins WHERE topic = ? AND partition = ? AND model = ? AND version = ?',
    );
  }

  /** Inside a transaction of the caller. */
  numberOf({ topic, partition, model, version }: PredictionOrigin): number {
    const name = `${topic}\n${partition}\n${model}\n${version}`;
    return this.#known.get(name) ?? this.#add(name, [topic, partition ?? NO_PARTITION, model, version]);
  }

  #add(name: string, values: readonly (string | number)[]): number {
    this.#insert.run(...values);
    const [{ origin }] = this.#find.all(...values) as [{ origin: number }];
    this.#known.set(name, origin);
    return origin;
  }
}
