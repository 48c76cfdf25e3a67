import { Backoff } from '../../core/async/backoff';
import { Deferred } from '../../core/async/deferred';
import { StreamInferError, type ErrorCode } from '../../core/errors';
import type { ConnectionStatus, Log } from '../../core/ports';
import type { Reach } from '../reach';

export interface SupervisorOptions {
  /** For people, as in "kafka source". */
  readonly name: string;
  /** Code of failures without a code of their own. */
  readonly otherwise: ErrorCode;
  readonly log: Log;
  readonly reach: Reach;
  /**
   * One native client from connecting to its end: calls `onUp` when it works, resolves when `signal` aborts, rejects
   * when a new client is required. A disconnected client can never reconnect.
   */
  readonly live: (onUp: () => void, signal: AbortSignal) => Promise<void>;
}

/**
 * Keeps a native client alive: after each failure it creates a new one, with back-off, also when the broker is down
 * at the start. Only errors that retrying cannot fix end it: FENCED at any time, others only before the first
 * success.
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
  /** Problems that were logged since the last recovery. */
  readonly #reported = new Set<string>();

  constructor(private readonly options: SupervisorOptions) {
    this.#state = { state: 'connecting', reason: 'it is not open yet' };
  }

  get state(): ConnectionStatus {
    return this.#state;
  }

  /** The permanent failure that ended it. */
  get failure(): StreamInferError | undefined {
    return this.#failure;
  }

  get closing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Resolves when the first client works. Rejects with ABORTED, or with an error that retrying cannot fix. */
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
    this.options.reach.forget(this);
    this.#state = { state: 'closed' };
  }

  /** Status of the current client: logged at once, an outage by `reach`, and any other reason once. */
  onStatus({ state, reason = state }: ConnectionStatus, reachable: boolean): void {
    if (this.closing) return;
    if (!reachable) this.options.reach.lost(this, reason);
    else if (state !== 'up') this.#warnOnce({ error: reason });
    else if (this.#state.state === 'up') this.#reportRecovery();
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
    this.#reportRecovery();
    this.#opened.resolve();
  }

  /** Returns whether the failure is permanent. */
  #onLoss(error: StreamInferError): boolean {
    const hopeless = !error.retryable && (!this.#hasBeenUp || error.code === 'FENCED');
    if (hopeless) this.#failure = error;
    this.#state = { state: this.#hasBeenUp || hopeless ? 'down' : 'connecting', reason: error.message };
    if (hopeless) this.#opened.reject(error);
    else if (!this.closing) this.#report(error);
    return hopeless;
  }

  #report(error: StreamInferError): void {
    const { reach } = this.options;
    if (error.code === 'BROKER_UNREACHABLE') return reach.lost(this, error.message);
    // A client that was lost in an outage says nothing about its end; a missing topic is an answer.
    if (error.code === 'TOPIC_MISSING' || error.code === 'BROKER_REFUSED') reach.answered(this);
    if (reach.outage !== null) return;
    const fields = { code: error.code, error: error.message };
    if (reach.hasJustReturned)
      this.options.log.info(fields, `${this.options.name}: new client after the outage`);
    else this.#warnOnce(fields);
  }

  /** Logged once, not for every attempt: the problem may last for hours. */
  #warnOnce(fields: { code?: ErrorCode; error: string }): void {
    if (this.#reported.has(fields.error)) return;
    this.#reported.add(fields.error);
    const what = this.#hasBeenUp ? 'lost its connection' : 'cannot connect';
    this.options.log.warn(fields, `${this.options.name} ${what}; retrying`);
  }

  #reportRecovery(): void {
    this.options.reach.answered(this);
    if (this.#reported.size === 0) return;
    this.#reported.clear();
    this.options.log.info({}, `${this.options.name} reconnected`);
  }

  #aborted(): StreamInferError {
    return new StreamInferError('ABORTED', `opening the ${this.options.name} was cancelled`);
  }
}
