import { Backoff } from '../../core/async/backoff';
import { Deferred } from '../../core/async/deferred';
import { StreamInferError, type ErrorCode } from '../../core/errors';
import type { ConnectionStatus, Log } from '../../core/ports';

export interface SupervisorOptions {
  /** For people, as in "kafka source". */
  readonly name: string;
  /** For a failure that no code of ours is known for. */
  readonly otherwise: ErrorCode;
  readonly log: Log;
  /**
   * One native client from connecting to its end: calls `onUp` when it works, resolves when `signal` aborts, rejects
   * when only a new client helps. A client that disconnected can never be connected again.
   */
  readonly live: (onUp: () => void, signal: AbortSignal) => Promise<void>;
}

/**
 * Keeps a native client alive by building a new one, with back-off, after each failure; also when the broker is down at
 * the start. Only what waiting cannot mend ends it: FENCED at any time, anything else only before anything has worked.
 *
 * connecting → up ⇄ down → closed
 */
export class Supervisor {
  readonly #closing = new AbortController();
  readonly #opened = new Deferred();
  #loop: Promise<void> | undefined;
  #hasBeenUp = false;
  #failure: StreamInferError | undefined;
  #state: ConnectionStatus;
  /** The troubles that were logged since all was well. */
  readonly #told = new Set<string>();

  constructor(private readonly options: SupervisorOptions) {
    this.#state = { state: 'connecting', reason: `The ${options.name} is not open yet.` };
  }

  get state(): ConnectionStatus {
    return this.#state;
  }

  /** Why it ended for good, by itself. */
  get failure(): StreamInferError | undefined {
    return this.#failure;
  }

  get closing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Resolves when the first client works. Rejects with ABORTED, or with what waiting cannot mend. */
  async open(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.closing) throw this.#aborted();
    const onAbort = (): void => this.#opened.reject(this.#aborted());
    signal.addEventListener('abort', onAbort, { once: true });
    this.#loop ??= this.#run();
    try {
      await this.#opened.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#opened.reject(this.#aborted());
    await this.#loop;
    this.#state = { state: 'closed' };
  }

  /** What the client that lives now hears of its broker: logged at once, each reason once. */
  heard({ state, reason }: ConnectionStatus): void {
    if (this.closing) return;
    if (state !== 'up') this.#tell({ error: reason }, this.#hasBeenUp ? 'has no broker' : 'does not connect');
    else if (this.#state.state === 'up') this.#tellBack();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(200, 5_000);
    while (!this.closing) {
      try {
        await this.options.live(() => {
          backoff.reset();
          this.#onUp();
        }, this.#closing.signal);
      } catch (thrown) {
        const error = StreamInferError.from(thrown, this.options.otherwise);
        if (this.#onLoss(error)) return;
        await backoff.wait(this.#closing.signal);
      }
    }
  }

  #onUp(): void {
    if (this.closing) return;
    this.#hasBeenUp = true;
    this.#state = { state: 'up' };
    this.#tellBack();
    this.#opened.resolve();
  }

  /** Whether it is over for good. */
  #onLoss(error: StreamInferError): boolean {
    const hopeless = !error.retryable && (!this.#hasBeenUp || error.code === 'FENCED');
    if (hopeless) this.#failure = error;
    this.#state = { state: this.#hasBeenUp || hopeless ? 'down' : 'connecting', reason: error.message };
    if (hopeless) this.#opened.reject(error);
    else if (!this.closing)
      this.#tell(
        { code: error.code, error: error.message },
        this.#hasBeenUp ? 'is lost' : 'does not connect',
      );
    return hopeless;
  }

  /** Said once, not at every try: an outage may last for hours. */
  #tell(fields: { code?: ErrorCode; error: string | undefined }, what: string): void {
    if (this.#told.has(fields.error ?? '')) return;
    this.#told.add(fields.error ?? '');
    this.options.log.warn(fields, `${this.options.name} ${what}; trying again and again`);
  }

  #tellBack(): void {
    if (this.#told.size === 0) return;
    this.#told.clear();
    this.options.log.info({}, `${this.options.name} is back`);
  }

  #aborted(): StreamInferError {
    return new StreamInferError('ABORTED', `Opening the ${this.options.name} was cancelled.`);
  }
}
