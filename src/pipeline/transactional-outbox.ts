import { Backoff } from '../core/async/backoff';
import { WakeUp } from '../core/async/wake-up';
import { StreamInferError, isOutage, messageOf } from '../core/errors';
import type { Delivery, OutgoingMessage } from '../core/message';
import { addToTopics, Destinations } from './destinations';
import type { OutboxOptions } from './outbox';
import { withoutPayload, type OutgoingOutcome } from './outgoing-outcome';
import type { Outbox, TransactionContent, Transactions } from '../core/ports';
import type { Outcome } from '../core/prediction';

export interface TransactionalOutboxOptions extends Omit<OutboxOptions, 'sink' | 'source'> {
  readonly transactions: Omit<Transactions, 'source' | 'status'>;
}

/** A transaction with this many outcomes is committed at once. */
const FULL = 2_000;
/** Largest number of outcomes in a transaction; during a commit, more than one transaction may become ready. */
const MOST = 8_000;
/**
 * How long a transaction waits to fill, ms, from the end of the previous one: for throughput while messages wait,
 * otherwise for latency. Not zero: a broker that still writes the markers of the previous transaction rejects the
 * next one, and a retry costs more.
 */
const LINGER = { behind: 100, caughtUp: 4 };
/** Lag above which throughput takes precedence. */
const BEHIND = 1_000;
/** A longer commit indicates an unreachable broker, ms. */
const SLOW_COMMIT = 2_000;

/** One call of `deliver`: complete when each of its outcomes is durable or abandoned. */
interface Call {
  open: number;
  readonly durable: Outcome[];
  readonly resolve: (durable: readonly Outcome[]) => void;
  readonly reject: (error: StreamInferError) => void;
}

interface Entry {
  outgoing: OutgoingOutcome;
  readonly call: Call;
}

/**
 * Collects outcomes and commits them together with the source's progress, one transaction after the other. An outcome
 * is waiting (an earlier delivery of its partition has no outcome yet) → ready → in a transaction → durable. In each
 * state it is abandoned when its delivery is revoked.
 *
 * An aborted transaction only costs time: its outcomes are kept, and the next transaction commits the current ones.
 */
export class TransactionalOutbox implements Outbox {
  readonly #waiting = new Map<Delivery, Entry>();
  #ready: Entry[] = [];
  #readySince = 0;
  /** Halved while the broker refuses a transaction as too large, until the culprit is alone. */
  #most = MOST;
  #cycling = false;
  #committingSince: number | undefined;
  #failingSince: number | undefined;
  #warned = false;
  #failure: StreamInferError | undefined;
  /** Ends the wait for a fuller transaction. */
  readonly #filled = new WakeUp();

  readonly #destinations: Destinations;

  constructor(private readonly options: TransactionalOutboxOptions) {
    this.#destinations = new Destinations(options.topics, options.route);
    options.transactions.onStale(() => this.#sweep());
    options.signal.addEventListener('abort', () => this.#filled.wake(), { once: true });
  }

  get stalled(): boolean {
    if (this.#failingSince !== undefined) return true;
    return this.#committingSince !== undefined && performance.now() - this.#committingSince > SLOW_COMMIT;
  }

  deliver(outcomes: readonly Outcome[]): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const call: Call = { open: outcomes.length, durable: [], resolve, reject };
      for (const outcome of outcomes) {
        const outgoing = { outcome, message: this.options.encode.encode(outcome), shrunk: false };
        this.#waiting.set(outcome.delivery, { outgoing, call });
      }
      this.#promote(this.options.transactions.finish(outcomes.map(({ delivery }) => delivery)));
      for (const { delivery } of outcomes) this.#abandonIfStale(delivery);
      if (call.open === 0) resolve(call.durable);
    });
  }

  #promote(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    if (this.#ready.length === 0) this.#readySince = performance.now();
    for (const delivery of deliveries) {
      const entry = this.#waiting.get(delivery);
      if (entry === undefined) continue;
      this.#waiting.delete(delivery);
      this.#ready.push(entry);
    }
    if (this.#isFull()) this.#filled.wake();
    if (!this.#cycling) void this.#cycle();
  }

  /** Runs while anything is ready. */
  async #cycle(): Promise<void> {
    this.#cycling = true;
    const backoff = new Backoff(20, 5_000);
    try {
      while (this.#ready.length > 0) {
        await this.#fill();
        if (this.options.signal.aborted) throw new StreamInferError('ABORTED', 'stopped while committing');
        await this.#commit(backoff);
      }
      // With everything abandoned there is nothing to retry: the next outcomes show whether commits work again.
      this.#failingSince = undefined;
    } catch (error) {
      this.#fail(StreamInferError.from(error));
    } finally {
      this.#cycling = false;
    }
  }

  /** Resolves when the next transaction is full, or its time to fill is over. */
  async #fill(): Promise<void> {
    const linger = this.options.transactions.backlog > BEHIND ? LINGER.behind : LINGER.caughtUp;
    const left = this.#readySince + linger - performance.now();
    if (left <= 0 || this.#isFull() || this.options.signal.aborted) return;
    await this.#filled.wait(left);
  }

  #isFull(): boolean {
    return this.#ready.length >= Math.min(FULL, this.#most);
  }

  async #commit(backoff: Backoff): Promise<void> {
    const entries = this.#ready.splice(0, this.#most);
    if (entries.length === 0) return;
    this.#committingSince = performance.now();
    try {
      const result = await this.options.transactions.commit(this.#contentOf(entries));
      this.#working();
      backoff.reset();
      if (result === 'committed') this.#close(entries, true);
      else this.#again(result === 'too large' ? this.#smaller(entries) : entries);
    } catch (thrown) {
      const error = StreamInferError.from(thrown, 'PUBLISH_FAILED');
      this.#again(entries);
      if (error.code === 'FENCED' || error.code === 'INTERNAL') throw error;
      this.#failing(error, backoff.tries);
      await backoff.wait(this.options.signal);
    } finally {
      this.#committingSince = undefined;
      this.#readySince = performance.now();
    }
  }

  #contentOf(entries: readonly Entry[]): TransactionContent {
    const messages = new Map<string, OutgoingMessage[]>();
    for (const { outgoing } of entries)
      addToTopics(messages, this.#destinations.of(outgoing.outcome), outgoing.message);
    return { messages, deliveries: entries.map(({ outgoing }) => outgoing.outcome.delivery) };
  }

  /** Any prefix of the ready outcomes is a valid transaction, so halving finds the outcome that does not fit. */
  #smaller(entries: readonly Entry[]): readonly Entry[] {
    this.#most = Math.max(1, Math.floor(entries.length / 2));
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      const { encode, log } = this.options;
      only.outgoing = withoutPayload(
        only.outgoing,
        'larger than the broker accepts for its topic',
        encode,
        log,
      );
    }
    return entries;
  }

  /** Returns entries to the front, in order. */
  #again(entries: readonly Entry[]): void {
    this.#ready = [...entries, ...this.#ready];
    this.#sweep();
  }

  #close(entries: readonly Entry[], durable: boolean): void {
    if (durable) this.#most = Math.min(MOST, this.#most * 2);
    for (const { outgoing, call } of entries) {
      if (durable) call.durable.push(outgoing.outcome);
      if (--call.open === 0) call.resolve(call.durable);
    }
  }

  /** Drops revoked outcomes. Those in a transaction are checked when it ends. */
  #sweep(): void {
    for (const delivery of [...this.#waiting.keys()]) this.#abandonIfStale(delivery);
    const { transactions } = this.options;
    const isCurrent = ({ outgoing }: Entry): boolean => transactions.isCurrent(outgoing.outcome.delivery);
    const stale = this.#ready.filter((entry) => !isCurrent(entry));
    if (stale.length === 0) return;
    this.#ready = this.#ready.filter(isCurrent);
    this.#close(stale, false);
  }

  #abandonIfStale(delivery: Delivery): void {
    const entry = this.#waiting.get(delivery);
    if (entry === undefined || this.options.transactions.isCurrent(delivery)) return;
    this.#waiting.delete(delivery);
    this.#close([entry], false);
  }

  #failing(error: StreamInferError, tries: number): void {
    this.#failingSince ??= performance.now();
    const fields = { code: error.code, error: messageOf(error) };
    // A rebalance occasionally aborts a transaction, so the first failure is not logged as a warning. Outages are
    // already in the log.
    if (tries >= 1 && !this.#warned && !isOutage(error)) {
      this.#warned = true;
      this.options.log.warn(fields, 'transactions cannot be committed; retrying');
    } else this.options.log.debug(fields, 'transaction not committed; its outcomes move to the next one');
  }

  #working(): void {
    if (this.#failingSince === undefined) return;
    const stalledMs = Math.round(performance.now() - this.#failingSince);
    this.#failingSince = undefined;
    this.options.log[this.#warned ? 'info' : 'debug']({ stalledMs }, 'transactions are committed again');
    this.#warned = false;
  }

  /** Permanent: nothing further is committed. */
  #fail(error: StreamInferError): void {
    this.#failure = error;
    const calls = new Set([...this.#waiting.values(), ...this.#ready].map(({ call }) => call));
    this.#waiting.clear();
    this.#ready = [];
    for (const call of calls) call.reject(error);
  }
}
