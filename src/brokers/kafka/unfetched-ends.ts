type Ask = (partitions: readonly number[]) => Promise<ReadonlyMap<number, number>>;

/**
 * Ends of assigned partitions that are not fetched at present. The client learns the end of a partition from the
 * answers to its fetches. Of a paused one, it would know an old end for hours.
 */
export class UnfetchedEnds {
  #ends: ReadonlyMap<number, number> = new Map();
  #asking: Promise<void> | undefined;

  /** @param ask queries the broker for the ends of these partitions */
  constructor(private readonly ask: Ask) {}

  /** The query in progress. */
  get asking(): Promise<void> | undefined {
    return this.#asking;
  }

  /** The offset after the last message; undefined if the partition is fetched, or before the first answer. */
  of(partition: number): number | undefined {
    return this.#ends.get(partition);
  }

  /** Called once a second. At most one query is in progress. */
  refresh(unfetched: readonly number[]): void {
    if (unfetched.length === 0) this.#ends = new Map();
    else this.#asking ??= this.#query(unfetched);
  }

  async #query(partitions: readonly number[]): Promise<void> {
    try {
      this.#ends = await this.ask(partitions);
    } catch {
      // An outage or a missing permission is reported elsewhere; an old end is as good as the client's.
    } finally {
      this.#asking = undefined;
    }
  }
}
