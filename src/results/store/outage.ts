import type { Log } from '../../core/ports';
import type { StoreFailure } from './protocol';

const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 10_000;

export const THREAD_DIED: StoreFailure = {
  reason: 'its thread ended',
  while: 'using',
  forGood: false,
  misconfigured: false,
  level: 'error',
  corrupt: false,
};

export const SLOW_TO_OPEN: StoreFailure = {
  ...THREAD_DIED,
  reason: 'it is not open yet: its disk or server does not answer',
  while: 'opening',
};

/** Why the store is not usable. It is logged once for each outage, not for each attempt to open the store again. */
export class Outage {
  #failure: StoreFailure | null = null;
  #retries = 0;
  #droppedBefore = 0;

  constructor(
    /** As it may be shown. */
    private readonly path: string,
    private readonly log: Log,
    /** Predictions that were not stored since the start of the process. */
    private readonly dropped: () => number,
    private readonly firstRetryMs = FIRST_RETRY_MS,
  ) {}

  /** null while the store is usable. */
  get failure(): StoreFailure | null {
    return this.#failure;
  }

  /** @param silent the failure is reported in another way */
  begin(failure: StoreFailure, silent: boolean): void {
    if (this.#failure === null) this.#droppedBefore = this.dropped();
    const isNews = this.#failure === null || (failure.misconfigured && !this.#failure.misconfigured);
    if (isNews && !silent)
      this.log[failure.level](
        { path: this.path, reason: failure.reason },
        'the results store is off; results are kept in memory only',
      );
    // A file on a full disk can be opened but not written, so opening does not end a failed write.
    const stillInUse = this.#failure?.while === 'using' && failure.while === 'opening';
    this.#failure = stillInUse ? { ...failure, while: 'using' } : failure;
  }

  end(): void {
    if (this.#failure === null) return;
    const dropped = this.dropped() - this.#droppedBefore;
    this.log.info({ path: this.path, dropped }, 'results store works again');
    this.#failure = null;
    this.#retries = 0;
  }

  /** Before the next attempt to open the store, ms. */
  nextRetryMs(): number {
    return Math.min(this.firstRetryMs * 2 ** this.#retries++, MOST_RETRY_MS);
  }
}
