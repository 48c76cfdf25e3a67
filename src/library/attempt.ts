import { Deferred } from '../core/async/deferred';
import { StreamInferError, isStreamInferError, messageOf, type ErrorCode } from '../core/errors';
import type { Message, ManualMessage } from './message';

export interface AttemptOptions<T> {
  /** The message without the fields of this attempt. */
  readonly about: Omit<Message<T>, 'attempt' | 'signal'>;
  /** From 1. */
  readonly number: number;
  readonly settle: 'automatic' | 'manual';
  readonly timeoutMs: number;
  /** Whether this reader still owns the message. */
  readonly isCurrent: () => boolean;
  /** Aborts when the consumer stops waiting for the attempt. */
  readonly abandoned: AbortSignal;
  /** Called for errors after the result: a second settle, a late throw. */
  readonly report: (error: StreamInferError) => void;
}

/** `lost`: the reader lost the message; it is redelivered regardless of the handler. */
export type AttemptResult =
  | { readonly kind: 'settled' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly error: StreamInferError };

const REPORTED: ReadonlySet<ErrorCode> = new Set(['ALREADY_SETTLED', 'DELIVERY_LOST']);

/**
 * One attempt to handle one message: open → settled | failed | lost. Later calls are only reported.
 * A hanging handler cannot be stopped: after the timeout its signal aborts, and its further actions have no effect.
 */
export class Attempt<T> {
  readonly #time = new AbortController();
  #state: 'open' | AttemptResult['kind'] = 'open';
  readonly #result = new Deferred<AttemptResult>();
  readonly #returned = new Deferred();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AttemptOptions<T>) {}

  get result(): Promise<AttemptResult> {
    return this.#result.promise;
  }

  /** Resolves when the handler has returned or timed out. */
  get returned(): Promise<void> {
    return this.#returned.promise;
  }

  async run(handler: (message: ManualMessage<T>) => unknown): Promise<void> {
    const { timeoutMs, abandoned, settle } = this.options;
    const giveUp = (): void => this.#end({ kind: 'lost' });
    if (abandoned.aborted) return giveUp();
    this.#timer = setTimeout(() => this.#end({ kind: 'failed', error: this.#late() }), timeoutMs);
    abandoned.addEventListener('abort', giveUp, { once: true });
    void this.result.then(() => abandoned.removeEventListener('abort', giveUp));
    try {
      await handler(this.#message());
      if (settle === 'automatic') this.#end(this.#isCurrent() ? { kind: 'settled' } : { kind: 'lost' });
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.#returned.resolve();
    }
  }

  #message(): ManualMessage<T> {
    const { about, number, settle } = this.options;
    const common = { ...about, attempt: number, signal: this.#time.signal };
    if (settle === 'automatic') return common as ManualMessage<T>;
    return {
      ...common,
      settle: () => {
        this.#assertOpen();
        this.#end({ kind: 'settled' });
      },
      reject: (reason) => {
        this.#assertOpen();
        this.#end({ kind: 'failed', error: this.#toFailure(reason) });
      },
    };
  }

  #assertOpen(): void {
    const { id } = this.options.about;
    if (this.#state === 'open' && !this.#isCurrent()) this.#end({ kind: 'lost' });
    if (this.#state === 'open') return;
    const lost = this.#state === 'lost' || this.#time.signal.aborted;
    const error = lost
      ? new StreamInferError(
          'DELIVERY_LOST',
          `${id} was settled after its reader had lost it; it is redelivered`,
        )
      : new StreamInferError('ALREADY_SETTLED', `${id} was already settled or rejected`);
    this.options.report(error);
    throw error;
  }

  #isCurrent(): boolean {
    return !this.options.abandoned.aborted && this.options.isCurrent();
  }

  #failed(thrown: unknown): void {
    if (this.#state === 'open') return this.#end({ kind: 'failed', error: this.#toFailure(thrown) });
    // Already reported when thrown.
    const known = isStreamInferError(thrown) && REPORTED.has(thrown.code);
    if (!known) this.options.report(this.#toFailure(thrown));
  }

  #end(result: AttemptResult): void {
    if (this.#state !== 'open') return;
    this.#state = result.kind;
    clearTimeout(this.#timer);
    if (result.kind === 'lost' || (result.kind === 'failed' && result.error.code === 'HANDLER_TIMEOUT')) {
      this.#time.abort(result.kind === 'failed' ? result.error : undefined);
    }
    this.#result.resolve(result);
    if (this.#time.signal.aborted) this.#returned.resolve();
  }

  #late(): StreamInferError {
    const { about, timeoutMs, settle } = this.options;
    const what = settle === 'automatic' ? 'did not finish' : 'did not finish and settle';
    return new StreamInferError('HANDLER_TIMEOUT', `the handler ${what} ${about.id} within ${timeoutMs} ms`);
  }

  #toFailure(thrown: unknown): StreamInferError {
    const { id } = this.options.about;
    return new StreamInferError('HANDLER_FAILED', `the handler failed at ${id}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
