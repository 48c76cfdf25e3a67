/** The part of a prediction that is stored. */
export type Keep = 'all' | 'row' | 'nothing';

/** While the queue is nearly full, one in `SAMPLE` predictions is stored. */
const SAMPLE = 10;

/**
 * Drops data while the store is behind, so that the stream never waits for it. Half full: images; three quarters full:
 * all predictions except a sample; full: everything.
 */
export class Shedding {
  images = 0;
  rows = 0;
  #seen = 0;

  constructor(private readonly capacity: number) {}

  /**
   * @param queued rows in the queue of the store
   * @param wantsImage whether the image would be stored
   */
  decide(queued: number, wantsImage: boolean): Keep {
    const keep = this.#keep(queued, wantsImage);
    if (keep === 'nothing') this.rows++;
    if (keep === 'row' && wantsImage) this.images++;
    return keep;
  }

  /** Counts rows that were queued but not written. */
  lost(rows: number): void {
    this.rows += rows;
  }

  #keep(queued: number, wantsImage: boolean): Keep {
    if (queued >= this.capacity) return 'nothing';
    if (queued >= this.capacity * 0.75) return this.#seen++ % SAMPLE === 0 ? 'row' : 'nothing';
    return wantsImage && queued < this.capacity / 2 ? 'all' : 'row';
  }
}
