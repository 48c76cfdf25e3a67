import { NO_PARTITION, type PredictionOrigin } from '../origin';
import { storable, type Sql } from './sql';

interface StoredOrigin {
  readonly origin: number;
  readonly topic: string;
  readonly partition: number;
  readonly model: string;
  readonly version: number;
}

const GIVEN =
  'unnest($1::text[], $2::int[], $3::text[], $4::bigint[]) AS t (topic, partition, model, version)';
/** In the same order in each process, so that none waits for another in a circle. */
const ADD = `
  INSERT INTO origins (topic, partition, model, version)
  SELECT DISTINCT * FROM ${GIVEN} ORDER BY topic, partition, model, version
  ON CONFLICT DO NOTHING`;
const FIND = `
  SELECT origin, topic, partition, model, version FROM origins
  WHERE (topic, partition, model, version) IN (SELECT * FROM ${GIVEN})`;

/** Numbers of the combinations of topic, partition and model; new ones are stored. */
export class Origins {
  readonly #known = new Map<string, number>();

  constructor(private readonly sql: Sql) {}

  /** The number of each. Outside a transaction: a rollback would undo numbers that are remembered here. */
  async numbersOf(origins: readonly PredictionOrigin[]): Promise<number[]> {
    const all = origins.map(storableOrigin);
    const missing = all.filter((one) => !this.#known.has(nameOf(one)));
    if (missing.length > 0) await this.#add(missing);
    return all.map((one) => this.#known.get(nameOf(one))!);
  }

  async #add(missing: readonly Omit<StoredOrigin, 'origin'>[]): Promise<void> {
    const values = (['topic', 'partition', 'model', 'version'] as const).map((name) =>
      missing.map((one) => one[name]),
    );
    await this.sql.query(ADD, values);
    const { rows } = await this.sql.query(FIND, values);
    for (const row of rows as StoredOrigin[]) this.#known.set(nameOf(row), row.origin);
  }
}

function storableOrigin({
  topic,
  partition,
  model,
  version,
}: PredictionOrigin): Omit<StoredOrigin, 'origin'> {
  return { topic: storable(topic), partition: partition ?? NO_PARTITION, model: storable(model), version };
}

function nameOf({ topic, partition, model, version }: Omit<StoredOrigin, 'origin'>): string {
  return `${topic}\n${partition}\n${model}\n${version}`;
}
