import { Backoff } from '../core/async/backoff';
import { StreamInferError, messageOf } from '../core/errors';
import type { Delivery, OutgoingMessage } from '../core/message';
import type { OutboxParts } from './outbox';
import { inSmallerForm, type Parcel } from './parcel';
import type { Outbox, TransactionContent, Transactions } from '../core/ports';
import type { Outcome } from '../core/prediction';

export interface TransactionalOutboxParts extends Omit<OutboxParts, 'sink' | 'source'> {
  readonly transactions: Omit<Transactions, 'source' | 'status'>;
}

/** A transaction with so many outcomes waits for no more. */
const FULL = 2_000;
/** Most outcomes in a transaction; while one is committed, more than enough for the next may come. */
const MOST = 8_000;
/**
 * How long a transaction waits to fill, ms, from the end of the one before it: for throughput while messages wait, else
 * for latency. Not zero: a broker that still writes the markers of the last one sends the next away, and that costs more.
 */
const LINGER = { behind: 100, caughtUp: 4 };
/** Messages that wait in the topic from which on throughput counts for more. */
const BEHIND = 1_000;
/** A commit that takes longer means that the broker is away, ms. */
const SLOW_COMMIT = 2_000;

/** One call of `deliver`: over when each of its outcomes is durable or abandoned. */
interface Call {
  open: number;
  readonly durable: Outcome[];
  readonly resolve: (durable: readonly Outcome[]) => void;
  readonly reject: (error: StreamInferError) => void;
}

interface Entry {
  parcel: Parcel;
  readonly call: Call;
}

/**
 * Collects outcomes and commits them together with the source's progress, one transaction after the other. An outcome
 * goes waiting (something before it in its partition has none yet) → ready → in a transaction → durable; from each of
 * these it is abandoned when its delivery was taken away.
 *
 * An aborted transaction costs nothing but time: its outcomes are still here, and those that are still ours are
 * committed by the next one.
 */
export class TransactionalOutbox implements Outbox {
  readonly #waiting = new Map<Delivery, Entry>();
  #ready: Entry[] = [];
  #readySince = 0;
  /** Halved while the broker finds a transaction too large, until the culprit is alone. */
  #most = MOST;
  #cycling = false;
  #committingSince: number | undefined;
  #failingSince: number | undefined;
  #failure: StreamInferError | undefined;
  /** Ends waiting for a fuller transaction. */
  #wake: (() => void) | undefined;

  constructor(private readonly parts: TransactionalOutboxParts) {
    parts.transactions.onStale(() => this.#sweep());
    parts.signal.addEventListener('abort', () => this.#wake?.(), { once: true });
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
        const parcel = { outcome, message: this.parts.encode.encode(outcome), shrunk: false };
        this.#waiting.set(outcome.delivery, { parcel, call });
      }
      this.#promote(this.parts.transactions.finish(outcomes.map(({ delivery }) => delivery)));
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
    if (this.#isFull()) this.#wake?.();
    if (!this.#cycling) void this.#cycle();
  }

  /** Runs as long as anything is ready. */
  async #cycle(): Promise<void> {
    this.#cycling = true;
    const backoff = new Backoff(20, 5_000);
    try {
      while (this.#ready.length > 0) {
        await this.#fill();
        if (this.parts.signal.aborted) throw new StreamInferError('ABORTED', 'stopped while committing');
        await this.#commit(backoff);
      }
      // With everything abandoned there is nothing to try with: whether it works again shows with what is taken next.
      this.#failingSince = undefined;
    } catch (error) {
      this.#fail(StreamInferError.from(error));
    } finally {
      this.#cycling = false;
    }
  }

  /** Resolves when the next transaction is full, or its time to fill is over. */
  async #fill(): Promise<void> {
    const linger = this.parts.transactions.backlog > BEHIND ? LINGER.behind : LINGER.caughtUp;
    const left = this.#readySince + linger - performance.now();
    if (left <= 0 || this.#isFull() || this.parts.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #isFull(): boolean {
    return this.#ready.length >= Math.min(FULL, this.#most);
  }

  async #commit(backoff: Backoff): Promise<void> {
    const entries = this.#ready.splice(0, this.#most);
    if (entries.length === 0) return;
    this.#committingSince = performance.now();
    try {
      const result = await this.parts.transactions.commit(this.#contentOf(entries));
      this.#working();
      backoff.reset();
      if (result === 'committed') this.#close(entries, true);
      else this.#again(result === 'too large' ? this.#smaller(entries) : entries);
    } catch (thrown) {
      const error = StreamInferError.from(thrown, 'PUBLISH_FAILED');
      this.#again(entries);
      if (error.code === 'FENCED' || error.code === 'INTERNAL') throw error;
      this.#failing(error, backoff.tries);
      await backoff.wait(this.parts.signal);
    } finally {
      this.#committingSince = undefined;
      this.#readySince = performance.now();
    }
  }

  #contentOf(entries: readonly Entry[]): TransactionContent {
    const { output, dlq } = this.parts.topics;
    const messages = new Map<string, OutgoingMessage[]>();
    for (const { parcel } of entries) {
      const topic = parcel.outcome.kind === 'prediction' ? output : dlq;
      const list = messages.get(topic);
      if (list === undefined) messages.set(topic, [parcel.message]);
      else list.push(parcel.message);
    }
    return { messages, deliveries: entries.map(({ parcel }) => parcel.outcome.delivery) };
  }

  /** Any first part of what is ready is a transaction of its own, so halving finds the one that does not fit. */
  #smaller(entries: readonly Entry[]): readonly Entry[] {
    this.#most = Math.max(1, Math.floor(entries.length / 2));
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      const { encode, log } = this.parts;
      only.parcel = inSmallerForm(only.parcel, 'larger than the broker takes for its topic', encode, log);
    }
    return entries;
  }

  /** Back to the front, in order. */
  #again(entries: readonly Entry[]): void {
    this.#ready = [...entries, ...this.#ready];
    this.#sweep();
  }

  #close(entries: readonly Entry[], durable: boolean): void {
    if (durable) this.#most = Math.min(MOST, this.#most * 2);
    for (const { parcel, call } of entries) {
      if (durable) call.durable.push(parcel.outcome);
      if (--call.open === 0) call.resolve(call.durable);
    }
  }

  /** Lets go of what was taken away. What is in a transaction is looked at when that is over. */
  #sweep(): void {
    for (const delivery of [...this.#waiting.keys()]) this.#abandonIfStale(delivery);
    const { transactions } = this.parts;
    const isCurrent = ({ parcel }: Entry): boolean => transactions.isCurrent(parcel.outcome.delivery);
    const stale = this.#ready.filter((entry) => !isCurrent(entry));
    if (stale.length === 0) return;
    this.#ready = this.#ready.filter(isCurrent);
    this.#close(stale, false);
  }

  #abandonIfStale(delivery: Delivery): void {
    const entry = this.#waiting.get(delivery);
    if (entry === undefined || this.parts.transactions.isCurrent(delivery)) return;
    this.#waiting.delete(delivery);
    this.#close([entry], false);
  }

  #failing(error: StreamInferError, tries: number): void {
    this.#failingSince ??= performance.now();
    const fields = { code: error.code, error: messageOf(error) };
    // A rebalance aborts a transaction now and then: the first time is nothing to be told.
    if (tries === 1)
      this.parts.log.warn(fields, 'transactions are not committed; trying again until they are');
    else this.parts.log.debug(fields, 'a transaction was not committed; its outcomes go into the next one');
  }

  #working(): void {
    if (this.#failingSince === undefined) return;
    const stalledMs = Math.round(performance.now() - this.#failingSince);
    this.#failingSince = undefined;
    this.parts.log.info({ stalledMs }, 'transactions are committed again');
  }

  /** For good: nothing further is committed. */
  #fail(error: StreamInferError): void {
    this.#failure = error;
    const calls = new Set([...this.#waiting.values(), ...this.#ready].map(({ call }) => call));
    this.#waiting.clear();
    this.#ready = [];
    for (const call of calls) call.reject(error);
  }
}
