import { setTimeout as sleep } from 'node:timers/promises';

import { Backoff } from '../../../core/async/backoff';
import { deadline } from '../../../core/async/deadline';
import { withTimeout } from '../../../core/async/timeout';
import { untilAborted } from '../../../core/async/until-aborted';
import { StreamInferError } from '../../../core/errors';
import type { Log } from '../../../core/ports';
import { checkedClaims } from './jwt';
import type { TokenProvider } from './provider';
import type { KafkaToken } from './settings';
import { assertUsable } from './usable';

/** Time limit of one request for a token, ms: a cloud's SDK may ask several places. */
const FETCH_TIMEOUT = 15_000;
/** How long a client that connects waits for its first token, ms. */
const READY_TIMEOUT = 5_000;
/** First and longest wait between two requests, ms. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;
/**
 * With less than this part of its lifetime left, a token is replaced. Earlier than librdkafka asks (0.2): it
 * authenticates connections again with 0.1 left, and looks at its own timer only once a second.
 */
const OLD = 0.3;
/** How long a client may need to leave its group, ms. */
const LEAVING = 10_000;
/** Limit of a timer, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** A refused token is replaced at most this often, ms: a second one would be refused as well. */
const REFUSAL_PAUSE = 10_000;

/** A native client that takes tokens. */
export interface TokenTaker {
  /** False once it can take no more tokens. */
  take(token: KafkaToken): boolean;
}

/**
 * The token of all clients of one broker. One request at a time gets the next token, which each client gets at once.
 * While the token server is unavailable, the present token serves until it expires.
 */
export class TokenKeeper {
  readonly #takers = new Set<TokenTaker>();
  readonly #closing = new AbortController();
  readonly #backoff: Backoff;
  readonly #reported = new Set<string>();
  #held: { readonly token: KafkaToken; readonly since: number } | undefined;
  #failure: StreamInferError | undefined;
  /** `Date.now()` before which no new request is sent. */
  #pausedUntil = 0;
  #refusedAt = -Infinity;
  /** The broker refused the present token. */
  #isRefused = false;
  #request: Promise<void> | undefined;
  #isRenewing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly provider: TokenProvider,
    private readonly log: Log,
    firstWait = FIRST_WAIT,
  ) {
    this.#backoff = new Backoff(firstWait, LONGEST_WAIT);
  }

  /** Why there is no valid token at present; undefined while there is one. */
  get trouble(): string | undefined {
    return this.#isValid ? undefined : this.#failure?.message;
  }

  /** Resolves when there is a valid token. Rejects with the failure of the present or the last request. */
  async ready(): Promise<void> {
    if (this.#isValid) return;
    if (this.#failure !== undefined && Date.now() < this.#pausedUntil) throw this.#failure;
    await withTimeout(this.#next(), READY_TIMEOUT, () => this.#unavailable('still waiting for a token'));
  }

  /** Resolves with the owner of the token, for people. Rejects as `ready` does. */
  async describe(): Promise<string> {
    await this.ready();
    const seconds = Math.round(((this.#held?.token.expiresAt ?? 0) - Date.now()) / 1_000);
    return `${this.provider.name} has a token for ${seconds} s`;
  }

  /** Resolves when the token lasts long enough for a client to leave its group, or when `signal` aborts. */
  async lasting(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    while (!this.#isFresh && this.#remaining < LEAVING && !stop.aborted) await this.#tryNext(stop);
  }

  /** A client needs a token, now and whenever there is a new one, until `leave`. */
  serve(taker: TokenTaker): void {
    this.#takers.add(taker);
    if (this.#held !== undefined && this.#isValid) taker.take(this.#held.token);
    this.#renew();
  }

  /** A client needs a token once. Rejects as `ready` does. */
  async give(taker: TokenTaker): Promise<void> {
    await this.ready();
    if (this.#held !== undefined) taker.take(this.#held.token);
  }

  leave(taker: TokenTaker): void {
    this.#takers.delete(taker);
  }

  /** A broker refused the present token: it may have been revoked, or signed with an old key. */
  onRefused(reason: string): void {
    if (this.#held === undefined) return;
    this.#warnOnce(reason, 'kafka refuses the token of its identity; requesting another one', {
      ...checkedClaims(this.#held.token.value),
      expiresAt: new Date(this.#held.token.expiresAt).toISOString(),
    });
    if (performance.now() - this.#refusedAt < REFUSAL_PAUSE) return;
    this.#refusedAt = performance.now();
    this.#isRefused = true;
    this.#renew();
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#takers.clear();
  }

  get #isValid(): boolean {
    return this.#remaining > 0;
  }

  /** Of the token's lifetime, ms. */
  get #remaining(): number {
    return this.#held === undefined ? 0 : this.#held.token.expiresAt - Date.now();
  }

  get #isFresh(): boolean {
    if (this.#held === undefined || this.#isRefused) return false;
    const { token, since } = this.#held;
    return token.expiresAt - Date.now() > (token.expiresAt - since) * OLD;
  }

  #renew(): void {
    if (this.#isRenewing || this.#isFresh) return;
    this.#isRenewing = true;
    void this.#keepTrying().finally(() => (this.#isRenewing = false));
  }

  /** Until there is a fresh token, or nobody needs one. */
  async #keepTrying(): Promise<void> {
    const { signal } = this.#closing;
    while (!this.#isFresh && this.#takers.size > 0 && !signal.aborted) await this.#tryNext(signal);
  }

  async #tryNext(signal: AbortSignal): Promise<void> {
    // An abandoned client must not keep the process alive.
    const wait = Math.max(0, this.#pausedUntil - Date.now());
    if (wait > 0) await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await this.#next().catch(() => undefined);
  }

  #renewLater({ expiresAt }: KafkaToken): void {
    clearTimeout(this.#timer);
    const ms = Math.ceil((expiresAt - Date.now()) * (1 - OLD));
    this.#timer = setTimeout(() => this.#renew(), Math.min(ms, LONGEST_TIMER)).unref();
  }

  #next(): Promise<void> {
    this.#request ??= this.#fetch().finally(() => (this.#request = undefined));
    return this.#request;
  }

  async #fetch(): Promise<void> {
    const signal = deadline(FETCH_TIMEOUT, this.#closing.signal);
    try {
      const token = await untilAborted(this.provider.fetch(signal), signal);
      assertUsable(token, this.provider.name);
      this.#accept(token);
    } catch (error) {
      const failure = this.#toFailure(error, signal);
      this.#failure = failure;
      this.#pausedUntil = Date.now() + this.#backoff.nextMs();
      this.#report(failure);
      throw failure;
    }
  }

  #accept(token: KafkaToken): void {
    const recovered = this.#failure !== undefined;
    this.#held = { token, since: Date.now() };
    this.#failure = undefined;
    this.#isRefused = false;
    this.#pausedUntil = 0;
    this.#backoff.reset();
    if (recovered) {
      this.#reported.clear();
      this.log.info({ identity: this.provider.name }, 'kafka identity has a token again');
    }
    for (const taker of this.#takers) if (!taker.take(token)) this.#takers.delete(taker);
    this.#renewLater(token);
  }

  #toFailure(error: unknown, signal: AbortSignal): StreamInferError {
    const { name } = this.provider;
    if (this.#closing.signal.aborted) return new StreamInferError('ABORTED', `${name}: closed`);
    if (signal.aborted) return this.#unavailable(`no token within ${FETCH_TIMEOUT / 1_000} s`);
    return StreamInferError.from(error, 'IDENTITY_UNAVAILABLE', `${name}: `);
  }

  #unavailable(what: string): StreamInferError {
    const { name, place } = this.provider;
    const from = place === undefined ? '' : ` from ${place}`;
    return new StreamInferError('IDENTITY_UNAVAILABLE', `${name}: ${what}${from}`);
  }

  #report({ code, message }: StreamInferError): void {
    if (code === 'ABORTED') return;
    const until = this.#isValid ? this.#held?.token.expiresAt : undefined;
    if (until === undefined)
      return this.#warnOnce(message, 'kafka identity has no token; retrying', { code });
    const expiresAt = new Date(until).toISOString();
    this.#warnOnce(message, 'kafka identity cannot renew its token; the present one is still valid', {
      code,
      expiresAt,
    });
  }

  /** An outage may last for hours. */
  #warnOnce(error: string, what: string, fields: Record<string, unknown>): void {
    const key = `${what} ${error}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.log.warn({ identity: this.provider.name, ...fields, error }, what);
  }
}
