import type { BrokerReach, Log, Outage } from '../core/ports';

/** An outage may still end clients for this time after it: a group that forgot its members refuses them, ms. */
const AFTERMATH = 15_000;

/**
 * A return must last this long to be reported, ms. A broker that starts answers before it can serve, and a client may
 * notice the outage after the others have returned: both continue the outage.
 */
const SETTLING = 5_000;

/**
 * Whether a broker can be reached. All clients of one broker share it, because each notices an outage at another time.
 * The first loss is one warning, and the return of the last client is one line.
 */
export class Reach implements BrokerReach {
  readonly #away = new Set<object>();
  readonly #onReturn = new Set<() => void>();
  readonly #onLoss = new Set<() => void>();
  #outage: Outage | null = null;
  /** `Date.now()` at the beginning of the latest outage, which a loss during the settling continues. */
  #since = 0;
  /** The same on the clock of `performance.now()`. */
  #lostAt = 0;
  #returnedAt = -Infinity;
  #settling: NodeJS.Timeout | undefined;

  /**
   * @param name of the broker, for people
   * @param isBlameless true while something else keeps all clients away, such as a missing token
   */
  constructor(
    private readonly name: string,
    private readonly log: Log,
    private readonly isBlameless = (): boolean => false,
  ) {}

  get outage(): Outage | null {
    return this.isBlameless() ? null : this.#outage;
  }

  /** Whether an outage has just ended: losses of clients may be its consequence. */
  get hasJustReturned(): boolean {
    return performance.now() - this.#returnedAt < AFTERMATH;
  }

  onReturn(listener: () => void): () => void {
    this.#onReturn.add(listener);
    return () => this.#onReturn.delete(listener);
  }

  /** Called when the first client of all loses the broker. Returns a function that removes the listener. */
  onLoss(listener: () => void): () => void {
    this.#onLoss.add(listener);
    return () => this.#onLoss.delete(listener);
  }

  lost(client: object, reason: string): void {
    this.#away.add(client);
    if (this.#outage !== null) return;
    if (this.#settling === undefined) this.#begin(reason);
    this.#endSettling();
    this.#outage = { since: this.#since, reason };
    for (const listener of this.#onLoss) listener();
  }

  answered(client: object): void {
    if (!this.#away.delete(client) || this.#away.size > 0) return;
    this.#outage = null;
    this.#returnedAt = performance.now();
    this.#settling = setTimeout(() => this.#reportReturn(), SETTLING).unref();
    for (const listener of this.#onReturn) listener();
  }

  /** The client ended; whether the broker is back remains unknown. */
  forget(client: object): void {
    if (this.#away.delete(client) && this.#away.size === 0) this.#outage = null;
    // The process may end before the return has lasted.
    if (this.#settling !== undefined) this.#reportReturn();
  }

  #begin(reason: string): void {
    this.#since = Date.now();
    this.#lostAt = performance.now();
    this.log.warn({ reason }, `${this.name} does not answer; retrying`);
  }

  #reportReturn(): void {
    this.#endSettling();
    const outageMs = Math.round(this.#returnedAt - this.#lostAt);
    this.log.info({ outageMs }, `${this.name} answers again`);
  }

  #endSettling(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
  }
}
