import type { LabelFilter, StoredLabel } from '../../../core/label';
import type { StorableLabel } from '../../given-labels/label-store';
import { MOST_LABELS, type LabelRequest } from '../label-request';
import { toLabelCounts, toStoredLabels } from '../label-rows';
import { Rows } from '../rows';
import { inTransaction, type Database } from './sql';

/** Labels with their images, in the store's own thread. */
export class LabelTable {
  constructor(
    private readonly db: Database,
    private readonly mostLabels = MOST_LABELS,
    private readonly rows = new Rows(),
  ) {}

  answer(request: LabelRequest): unknown {
    switch (request.do) {
      case 'put':
        return inTransaction(this.db, () => this.#put(request.label));
      case 'remove':
        return this.#remove(request.id);
      case 'list':
        return this.#list(request.filter);
      case 'get':
        return this.#read('WHERE id = ?', request.id)[0];
      case 'labelled':
        return this.#labelled(request.ids);
      case 'counts':
        return this.#counts();
    }
  }

  #put(label: StorableLabel): void {
    this.#remove(label.id);
    const body = Buffer.from(JSON.stringify(label));
    this.db.prepare('INSERT INTO labels (id, label, body) VALUES (?, ?, ?)').run(label.id, label.label, body);
    this.db
      .prepare('DELETE FROM labels WHERE seq <= (SELECT seq FROM labels ORDER BY seq DESC LIMIT 1 OFFSET ?)')
      .run(this.mostLabels);
  }

  #remove(id: string): void {
    this.db.prepare('DELETE FROM labels WHERE id = ?').run(id);
  }

  #list({ before = Number.MAX_SAFE_INTEGER, limit }: LabelFilter): StoredLabel[] {
    const found: StoredLabel[] = [];
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let next = before; ;) {
      const wanted = limit - found.length;
      const rows = this.#select('WHERE seq < ? ORDER BY seq DESC LIMIT ?', next, wanted);
      found.push(...toStoredLabels(this.rows, rows));
      const last = (rows.at(-1) as { seq: number } | undefined)?.seq;
      if (rows.length < wanted || found.length >= limit || last === undefined) return found;
      next = last;
    }
  }

  #labelled(ids: readonly string[]): string[] {
    const find = this.db.prepare('SELECT 1 FROM labels WHERE id = ?');
    return ids.filter((id) => find.all(id).length > 0);
  }

  #counts(): [label: number, count: number][] {
    const rows = this.db.prepare('SELECT label, count(*) AS count FROM labels GROUP BY label').all();
    return toLabelCounts(this.rows, rows);
  }

  #read(rest: string, ...values: (string | number)[]): StoredLabel[] {
    return toStoredLabels(this.rows, this.#select(rest, ...values));
  }

  #select(rest: string, ...values: (string | number)[]): unknown[] {
    return this.db.prepare(`SELECT seq, body FROM labels ${rest}`).all(...values);
  }
}
