import type { Picture } from '../../../core/picture';
import type { Counted } from '../../class-quality';
import type {
  Minute,
  PredictionConditions,
  PredictionFilter,
  PredictionTotal,
  StoredPrediction,
} from '../../view';
import { NO_MATCHES, toCounted, toMinutes, toTotal } from '../count-rows';
import { toPicture, toStoredPredictions } from '../prediction-rows';
import { Rows } from '../rows';
import { listQuery, originsQuery, totalQuery } from './list-query';
import { storable, type Sql } from './sql';

const LATEST_OF_EACH_CLASS = `
  SELECT latest.* FROM (SELECT DISTINCT label FROM cells) AS classes
  CROSS JOIN LATERAL (
    SELECT seq, label, body, original FROM predictions WHERE label = classes.label ORDER BY seq DESC LIMIT 1
  ) AS latest`;

/** Answers the questions to the store, in its thread. */
export class Reader {
  constructor(
    private readonly sql: Sql,
    private readonly rows = new Rows(),
  ) {}

  async list(filter: PredictionFilter): Promise<StoredPrediction[]> {
    const origins = await this.#originsOf(filter);
    if (origins?.length === 0) return [];
    const found: StoredPrediction[] = [];
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let page = filter; ;) {
      const { text, values } = listQuery(page, origins);
      const { rows } = await this.sql.query(text, values);
      found.push(...toStoredPredictions(this.rows, rows));
      const last = (rows.at(-1) as { seq: number } | undefined)?.seq;
      const isAll = rows.length < page.limit || found.length >= filter.limit || last === undefined;
      if (isAll || filter.mostConfident) return found;
      page = { ...filter, before: last, limit: filter.limit - found.length };
    }
  }

  async total(conditions: PredictionConditions): Promise<PredictionTotal> {
    const origins = await this.#originsOf(conditions);
    if (origins?.length === 0) return NO_MATCHES;
    const { text, values } = totalQuery(conditions, origins);
    return toTotal(await this.#rows(text, ...values));
  }

  async get(id: string): Promise<StoredPrediction | undefined> {
    const found = await this.#rows('SELECT seq, body, original FROM predictions WHERE id = $1', storable(id));
    return toStoredPredictions(this.rows, found)[0];
  }

  async image(id: string): Promise<Picture | undefined> {
    const text = 'SELECT pixels, about FROM predictions WHERE id = $1 AND pixels IS NOT NULL';
    return toPicture(this.rows, await this.#rows(text, storable(id)));
  }

  /** The classes that were predicted, with the name in the latest prediction of each. */
  async classNames(): Promise<[label: number, name: string][]> {
    const found = await this.#rows(LATEST_OF_EACH_CLASS);
    return toStoredPredictions(this.rows, found).map(({ prediction }) => [
      prediction.label,
      prediction.className,
    ]);
  }

  /** All counts but those of the minutes. */
  async counts(): Promise<Counted> {
    // Counts that retention or redelivery brought back to zero stay as rows.
    const [cells, bins] = await Promise.all([
      this.#rows('SELECT * FROM cells WHERE count > 0'),
      this.#rows('SELECT * FROM bins'),
    ]);
    return toCounted(this.rows, cells, bins);
  }

  async history(minutes: number, now: number): Promise<Minute[]> {
    const found = await this.#rows('SELECT * FROM minutes ORDER BY at DESC LIMIT $1', minutes + 1);
    return toMinutes(this.rows, found, minutes, now);
  }

  /** undefined without a condition on the origin. Known numbers let PostgreSQL estimate how rare they are. */
  async #originsOf(conditions: PredictionConditions): Promise<readonly number[] | undefined> {
    const query = originsQuery(conditions);
    if (query === null) return undefined;
    return ((await this.#rows(query.text, ...query.values)) as { origin: number }[]).map(
      ({ origin }) => origin,
    );
  }

  async #rows(text: string, ...values: unknown[]): Promise<unknown[]> {
    return (await this.sql.query(text, values)).rows as unknown[];
  }
}
