import type { LabelFilter, StoredLabel } from '../../../core/label';
import type { StorableLabel } from '../../given-labels/label-store';
import { MOST_LABELS, type LabelRequest } from '../label-request';
import { toLabelCounts, toStoredLabels } from '../label-rows';
import { Rows } from '../rows';
import { inTransaction, lockUntilCommit, storable, type Sql } from './sql';

/** Labels with their images, of all processes. */
export class LabelTable {
  constructor(
    /** One connection, for writes. */
    private readonly writer: Sql,
    private readonly readers: Sql,
    private readonly mostLabels = MOST_LABELS,
    private readonly rows = new Rows(),
  ) {}

  async answer(request: LabelRequest): Promise<unknown> {
    switch (request.do) {
      case 'put':
        return await inTransaction(this.writer, () => this.#put(request.label));
      case 'remove':
        return await this.#remove(request.id);
      case 'list':
        return await this.#list(request.filter);
      case 'get':
        return (await this.#read('WHERE id = $1', storable(request.id)))[0];
      case 'labelled':
        return await this.#labelled(request.ids);
      case 'counts':
        return await this.#counts();
    }
  }

  /** Labels are rare: one process at a time stores them, so that none of two for the same id is refused. */
  async #put(label: StorableLabel): Promise<void> {
    await lockUntilCommit(this.writer, 'labels');
    await this.#remove(label.id);
    const body = Buffer.from(JSON.stringify(label));
    await this.writer.query('INSERT INTO labels (id, label, body) VALUES ($1, $2, $3)', [
      storable(label.id),
      label.label,
      body,
    ]);
    await this.writer.query(
      'DELETE FROM labels WHERE seq <= (SELECT seq FROM labels ORDER BY seq DESC LIMIT 1 OFFSET $1)',
      [this.mostLabels],
    );
  }

  async #remove(id: string): Promise<void> {
    await this.writer.query('DELETE FROM labels WHERE id = $1', [storable(id)]);
  }

  async #list({ before = Number.MAX_SAFE_INTEGER, limit }: LabelFilter): Promise<StoredLabel[]> {
    const found: StoredLabel[] = [];
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let next = before; ;) {
      const wanted = limit - found.length;
      const rows = await this.#select('WHERE seq < $1 ORDER BY seq DESC LIMIT $2', next, wanted);
      found.push(...toStoredLabels(this.rows, rows));
      const last = (rows.at(-1) as { seq: number } | undefined)?.seq;
      if (rows.length < wanted || found.length >= limit || last === undefined) return found;
      next = last;
    }
  }

  async #labelled(ids: readonly string[]): Promise<string[]> {
    const text = 'SELECT id FROM labels WHERE id = ANY ($1::text[])';
    const { rows } = await this.readers.query(text, [ids.map(storable)]);
    const known = new Set((rows as { id: string }[]).map(({ id }) => id));
    return ids.filter((id) => known.has(storable(id)));
  }

  async #counts(): Promise<[label: number, count: number][]> {
    const { rows } = await this.readers.query('SELECT label, count(*) AS count FROM labels GROUP BY label');
    return toLabelCounts(this.rows, rows);
  }

  async #read(rest: string, ...values: (string | number)[]): Promise<StoredLabel[]> {
    return toStoredLabels(this.rows, await this.#select(rest, ...values));
  }

  async #select(rest: string, ...values: (string | number)[]): Promise<unknown[]> {
    return (await this.readers.query(`SELECT seq, body FROM labels ${rest}`, values)).rows as unknown[];
  }
}
