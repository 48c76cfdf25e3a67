/** How much of a prediction is stored. */
export type Keep = 'all' | 'row' | 'nothing';

/** Of predictions that come while the queue is nearly full, one in so many is stored. */
const SAMPLE = 10;

/**
 * What is left out while the store is behind: images first (from half full), then all but a sample of the predictions
 * (from three quarters), then everything. The stream never waits for the store.
 */
export class Shedding {
  images = 0;
  rows = 0;
  #seen = 0;

  constructor(private readonly capacity: number) {}

  /**
   * @param queued rows on their way to the store
   * @param wantsImage whether its image would be stored
   */
  decide(queued: number, wantsImage: boolean): Keep {
    const keep = this.#keep(queued, wantsImage);
    if (keep === 'nothing') this.rows++;
    if (keep === 'row' && wantsImage) this.images++;
    return keep;
  }

  /** Of what was to be stored, so many rows were lost. */
  lost(rows: number): void {
    this.rows += rows;
  }

  #keep(queued: number, wantsImage: boolean): Keep {
    if (queued >= this.capacity) return 'nothing';
    if (queued >= this.capacity * 0.75) return this.#seen++ % SAMPLE === 0 ? 'row' : 'nothing';
    return wantsImage && queued < this.capacity / 2 ? 'all' : 'row';
  }
}
