import { setMaxListeners } from 'node:events';
import { Backoff } from '../core/async/backoff';
import { Semaphore } from '../core/async/semaphore';
import { waitAtMost } from '../core/async/timeout';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { RequestAnswer } from '../http/services';
import { judgePost, postSigned, type SignedPostOptions } from '../signed-post/signed-post';
import type { CallbackJournal, OpenCallback } from './callback-journal';
import type { CallbackTargets } from './callback-targets';

export interface CallbacksOptions {
  readonly targets: CallbackTargets;
  readonly journal: CallbackJournal;
  readonly secret: string;
  /** Of one attempt, ms. */
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly version: string;
  readonly log: Log;
  /** Between the first two attempts, ms; replaced by tests. */
  readonly firstWaitMs?: number;
}

interface Failure {
  readonly reason: string;
  readonly isPermanent: boolean;
}

/** Open callbacks at a time. */
const MOST_OPEN = 10_000;
/** Posts at a time. */
const AT_ONCE = 16;
/** A request without an answer for longer is given up, ms. */
const MOST_AGE_MS = 24 * 3_600_000;
const MOST_WAIT_MS = 300_000;
const MOST_REDIRECTS = 3;
/** These keep the method and the body. */
const REDIRECTS = new Set([307, 308]);
/** Time for posts that run when the process stops, ms; the journal has the others. */
const CLOSE_MS = 1_000;
const RECEIVER = 'the callback';

/**
 * Posts the answers to requests, signed, to the addresses that the requests named. An answer is posted until it is
 * accepted, refused, or out of attempts. After a crash it may be posted again.
 */
export class Callbacks {
  readonly #posts = new Semaphore(AT_ONCE);
  readonly #sending = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #signing: SignedPostOptions;

  constructor(private readonly options: CallbacksOptions) {
    const { secret, timeoutMs, version, targets } = options;
    this.#signing = { receiver: RECEIVER, secret, timeoutMs, version, lookup: targets.lookup };
    // One listener for each callback that waits for its next attempt.
    setMaxListeners(0, this.#stop.signal);
    this.#expire();
  }

  /** Requests whose answer is not known yet, oldest first. */
  get waiting(): readonly OpenCallback[] {
    return [...this.options.journal.open.values()].filter(({ id }) => !this.#sending.has(id));
  }

  /** Keeps the callback until its answer; the last one of an id counts. Throws BAD_REQUEST or OVERLOADED. */
  add(id: string, url: string): void {
    const target = this.options.targets.parse(url);
    if ('problem' in target) throw new StreamInferError('BAD_REQUEST', `callback: ${target.problem}`);
    const { journal } = this.options;
    this.#expire();
    if (journal.open.size >= MOST_OPEN && !journal.open.has(id))
      throw new StreamInferError('OVERLOADED', `${MOST_OPEN} callbacks are open, which is the limit`);
    journal.add({ id, url: target.url.href, at: Date.now() });
  }

  /** The request was not published. */
  drop(id: string): void {
    this.options.journal.done(id);
  }

  answered(id: string, answer: RequestAnswer): void {
    if (!this.options.journal.open.has(id) || this.#sending.has(id) || this.#stop.signal.aborted) return;
    const body = Buffer.from(JSON.stringify({ id, ...answer }));
    const sending = this.#deliver(id, body).finally(() => this.#sending.delete(id));
    this.#sending.set(id, sending);
  }

  async close(): Promise<void> {
    await waitAtMost(Promise.all(this.#sending.values()), CLOSE_MS);
    this.#stop.abort();
    await Promise.all(this.#sending.values());
    this.options.journal.close();
  }

  /** Never rejects. */
  async #deliver(id: string, body: Buffer): Promise<void> {
    const { attempts, journal, log, firstWaitMs = 1_000 } = this.options;
    const { signal } = this.#stop;
    const backoff = new Backoff(firstWaitMs, MOST_WAIT_MS);
    for (let callback = journal.open.get(id); callback; callback = journal.open.get(id)) {
      const failure = await this.#attempt(callback, body);
      if (signal.aborted && failure !== undefined) return;
      const isLast = failure === undefined || failure.isPermanent || backoff.tries + 1 >= attempts;
      const about = { request: id, reason: failure?.reason };
      if (failure !== undefined && isLast) log.error(about, 'callback failed; not retrying');
      else if (failure !== undefined && backoff.tries === 0) log.warn(about, 'callback failed; retrying');
      if (!isLast) await backoff.wait(signal);
      // A repeated request may have named another address meanwhile.
      else if (journal.open.get(id) === callback) journal.done(id);
    }
  }

  async #attempt({ id, url }: OpenCallback, body: Buffer): Promise<Failure | undefined> {
    const release = await this.#posts.acquire();
    try {
      const reason = await this.#post(id, url, body);
      return reason === undefined ? undefined : { reason, isPermanent: true };
    } catch (error) {
      return { reason: messageOf(error), isPermanent: false };
    } finally {
      release();
    }
  }

  /** Undefined when accepted, or why it never will be; rejects where a retry may help. */
  async #post(id: string, first: string, body: Buffer): Promise<string | undefined> {
    let [next, base]: [string, string | undefined] = [first, undefined];
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      this.#stop.signal.throwIfAborted();
      // Also for the first one: the allow-list may have changed since the request.
      const target = this.options.targets.parse(next, base);
      if ('problem' in target) return base === undefined ? target.problem : `it redirects: ${target.problem}`;
      const { status, location } = await postSigned(
        target.url,
        { id, body },
        this.#signing,
        this.#stop.signal,
      );
      if (!REDIRECTS.has(status) || location === undefined)
        return judgePost(status, RECEIVER, 'only redirects with 307 or 308 are followed');
      [next, base] = [location, target.url.href];
    }
    return `it redirects more than ${MOST_REDIRECTS} times`;
  }

  #expire(): void {
    const { journal, log } = this.options;
    for (const { id, at } of journal.open.values()) {
      if (at > Date.now() - MOST_AGE_MS) return;
      log.warn({ request: id }, 'no answer to a request within 24 h; its callback is dropped');
      journal.done(id);
    }
  }
}
