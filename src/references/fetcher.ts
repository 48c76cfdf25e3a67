import { setMaxListeners } from 'node:events';
import { Backoff } from '../core/async/backoff';
import { withDeadline } from '../core/async/with-deadline';
import { isHttp, type AllowList } from './allow-list';
import { ImageCache } from './image-cache';
import { refuse, type Reference, type ReferenceRefusal } from './reference';
import type { FetchAnswer, FetchedImage, ImageStore } from './store';

/** The end of all attempts. `later`: no image of this store can be fetched at present. */
export type Fetched =
  | { readonly kind: 'fetched'; readonly image: FetchedImage }
  | { readonly kind: 'refused'; readonly refusal: ReferenceRefusal; readonly attempts: number }
  | { readonly kind: 'later'; readonly reason: string; readonly retryAfterMs?: number | undefined };

export interface FetcherOptions {
  readonly allowList: AllowList;
  readonly storeOf: (reference: Reference) => ImageStore;
  readonly maxBytes: number;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly cacheBytes: number;
  /** Between two attempts, ms; replaced by tests. */
  readonly firstWaitMs?: number;
}

type Attempt = Exclude<FetchAnswer, { kind: 'unchanged' }>;

/** Longest time for the question whether a store answers at all, ms. */
const ANSWERS_MS = 5_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2_000;
/** No further attempt begins if it may end later: the pipeline awaits an answer for a minute. */
const LONGEST_MS = 50_000;
/** Stores that are remembered as reachable, and references with failed attempts. */
const MOST_REMEMBERED = 10_000;

/**
 * Fetches images by reference. A failure that may be due to the image is tried again, also by a later call where the time
 * of one is over. After the last attempt, the store is asked whether it answers at all: if so, the image is the reason.
 */
export class ReferenceFetcher {
  readonly #cache: ImageCache;
  /** Running fetches by reference: several messages may name one image. */
  readonly #running = new Map<string, Promise<Fetched>>();
  readonly #reached = new Set<string>();
  /** Failed attempts of earlier calls, by reference. */
  readonly #failures = new Map<string, number>();
  readonly #closed = new AbortController();

  constructor(private readonly options: FetcherOptions) {
    this.#cache = new ImageCache(options.cacheBytes);
    // One for each running fetch.
    setMaxListeners(0, this.#closed.signal);
  }

  /** Never rejects. */
  async fetch(reference: Reference): Promise<Fetched> {
    const place = this.options.allowList.check(reference);
    if ('code' in place) return { kind: 'refused', refusal: place, attempts: 0 };
    const running = this.#running.get(reference.url);
    if (running !== undefined) return await running;
    // A host of a wildcard is the choice of the message: where nothing ever answered, it may not exist.
    const started = this.#tryUntilCertain(reference, place.isWildcard).finally(() =>
      this.#running.delete(reference.url),
    );
    this.#running.set(reference.url, started);
    return await started;
  }

  /** Ends all running fetches as `later`. */
  close(): void {
    this.#closed.abort();
  }

  async #tryUntilCertain(reference: Reference, isWildcard: boolean): Promise<Fetched> {
    const { attempts: most, timeoutMs, firstWaitMs = FIRST_WAIT_MS } = this.options;
    const backoff = new Backoff(firstWaitMs, LONGEST_WAIT_MS);
    const endsAt = performance.now() + Math.max(LONGEST_MS, timeoutMs);
    let attempts = this.#failures.get(reference.url) ?? 0;
    this.#failures.delete(reference.url);
    for (;;) {
      const answer = await this.#attempt(reference);
      attempts++;
      if (this.#closed.signal.aborted) return { kind: 'later', reason: 'the process is stopping' };
      if (answer.kind !== 'doubtful' || attempts >= most)
        return await this.#conclude(reference, answer, attempts, isWildcard);
      await backoff.wait(this.#closed.signal);
      if (performance.now() + timeoutMs > endsAt)
        return this.#continueLater(reference, answer.reason, attempts);
    }
  }

  #continueLater({ url }: Reference, reason: string, attempts: number): Fetched {
    if (this.#failures.size < MOST_REMEMBERED) this.#failures.set(url, attempts);
    return { kind: 'later', reason };
  }

  async #attempt(reference: Reference): Promise<Attempt> {
    const { storeOf, maxBytes, timeoutMs } = this.options;
    const known = this.#cache.get(reference.url);
    const answer = await withDeadline(timeoutMs, this.#closed.signal, (signal) =>
      storeOf(reference).fetch({ reference, etag: known?.etag, maxBytes, signal }),
    );
    if (answer.kind !== 'unchanged') return answer;
    return (
      known ?? { kind: 'doubtful', code: 'REFERENCE_FAILED', reason: `${reference.shown} answered HTTP 304` }
    );
  }

  async #conclude(
    reference: Reference,
    answer: Attempt,
    attempts: number,
    isWildcard: boolean,
  ): Promise<Fetched> {
    switch (answer.kind) {
      case 'fetched':
        this.#remember(reference);
        this.#cache.set(reference.url, answer);
        return { kind: 'fetched', image: answer };
      case 'refused':
        this.#remember(reference);
        return { kind: 'refused', refusal: refuse(answer.code, answer.reason), attempts };
      case 'doubtful':
        return (answer.isAlive ?? false) || (await this.#answers(reference))
          ? { kind: 'refused', refusal: refuse(answer.code, answer.reason), attempts }
          : this.#later(reference, answer, attempts, isWildcard);
      default:
        return this.#later(reference, answer, attempts, isWildcard);
    }
  }

  #later(
    reference: Reference,
    answer: Exclude<Attempt, { kind: 'fetched' }>,
    attempts: number,
    isWildcard: boolean,
  ): Fetched {
    const { reason } = answer;
    const isUnreachable = answer.kind === 'doubtful' || (answer.kind === 'later' && answer.isUnreachable);
    if (isWildcard && isUnreachable && !this.#reached.has(hostOf(reference)))
      return { kind: 'refused', refusal: refuse('REFERENCE_FAILED', reason), attempts };
    return { kind: 'later', reason, ...(answer.kind === 'later' && { retryAfterMs: answer.retryAfterMs }) };
  }

  async #answers(reference: Reference): Promise<boolean> {
    const ms = Math.min(ANSWERS_MS, this.options.timeoutMs);
    return await withDeadline(ms, this.#closed.signal, (signal) =>
      this.options.storeOf(reference).answers(reference, signal),
    );
  }

  #remember(reference: Reference): void {
    if (isHttp(reference.scheme) && this.#reached.size < MOST_REMEMBERED)
      this.#reached.add(hostOf(reference));
  }
}

function hostOf({ scheme, host }: Reference): string {
  return `${scheme}://${host}`;
}
