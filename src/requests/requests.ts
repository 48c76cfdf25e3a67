import { Backoff } from '../core/async/backoff';
import { Semaphore } from '../core/async/semaphore';
import { withTimeout } from '../core/async/timeout';
import { BROKER_TRAITS } from '../core/broker-traits';
import { StreamInferError, messageOf } from '../core/errors';
import { headerText, type BrokerKind, type Header } from '../core/message';
import type { Broker, Log, MessageSink, MessageSource } from '../core/ports';
import type { NewRequest, RequestAnswer, RequestsService } from '../http/services';
import type { DeadLetterRing } from '../results/dead-letter-ring';
import type { ResultsView } from '../results/view';
import { readDeadLetter, readPrediction, toFailure, type FoundAnswer } from './answer';
import { AnswerReader } from './answer-reader';
import type { Callbacks } from './callbacks';
import { findAnswers, type Search } from './find-answer';
import { LatestMap } from './latest-map';
import { createRequestId, REQUEST_HEADER, timeOfRequest } from './request-id';

/** Answers and open requests in memory, the oldest are dropped. */
const MOST_KEPT = 10_000;
/** Time limit of a publish, ms. */
const PUBLISH_MS = 30_000;
/** Time limit of the search for the answers that a restart missed, ms for each topic. */
const RESUME_MS = 120_000;

export interface RequestsOptions {
  readonly kind: BrokerKind;
  readonly broker: Broker;
  readonly topics: {
    readonly input: string;
    /** More than one with routes. */
    readonly predictions: readonly string[];
    readonly dlq: string;
  };
  /** Reads a topic from its end, without a group. */
  readonly follow: (topic: string) => MessageSource;
  /** null until it is open. */
  readonly sink: () => MessageSink | null;
  readonly results: Pick<ResultsView, 'get'>;
  readonly ring: Pick<DeadLetterRing, 'list'>;
  /** null where requests may not name one. */
  readonly callbacks: Callbacks | null;
  readonly log: Log;
}

/**
 * Images that are published to the input topic, and their answers. Nothing about a request is kept here only. Its id is
 * that of the message, so any process finds the answer in its results, in memory, or in the topics.
 */
export class Requests implements RequestsService {
  readonly #reader: AnswerReader;
  readonly #answers = new LatestMap<RequestAnswer>(MOST_KEPT);
  /** Requests whose answer would have been seen. */
  readonly #open = new LatestMap<true>(MOST_KEPT);
  readonly #waiting = new Map<string, Set<(answer: RequestAnswer) => void>>();
  readonly #searches = new Semaphore(1);
  readonly #stop = new AbortController();
  readonly #resuming: Promise<void>;

  constructor(private readonly options: RequestsOptions) {
    const { topics, follow, log } = options;
    const connect = () => [
      ...topics.predictions.map((topic) => ({ source: follow(topic), read: readPrediction })),
      { source: follow(topics.dlq), read: readDeadLetter },
    ];
    this.#reader = new AnswerReader(connect, (found) => this.#keep(found), log);
    this.#resuming = this.#resume();
  }

  async submit({ bytes, contentType, id: given, callback }: NewRequest): Promise<string> {
    const { callbacks } = this.options;
    if (callback !== undefined && callbacks === null)
      throw new StreamInferError(
        'BAD_REQUEST',
        'callback: no place is allowed; set requests.callbacks.allow',
      );
    // Before publishing, or the answer may arrive unseen.
    await this.#reader.open();
    const id = given ?? createRequestId();
    if (callback !== undefined) callbacks?.add(id, callback);
    // A client that repeats its request gets the first answer; it is not classified again.
    if (given !== undefined && (await this.#isRepeated(given))) return id;
    const headers: Header[] = [
      ['id', id],
      [REQUEST_HEADER, id],
      ...(contentType === undefined ? [] : [['content-type', contentType] as const]),
    ];
    this.#open.set(id, true);
    try {
      await this.#publish({ key: id, value: bytes, headers });
    } catch (error) {
      this.#open.delete(id);
      // After a time-out the message may be there all the same; the client repeats the request with its callback.
      callbacks?.drop(id);
      throw error;
    }
    return id;
  }

  async find(id: string): Promise<RequestAnswer> {
    const known = await this.#known(id);
    if (known !== undefined) return known;
    if (this.#open.has(id)) return { state: 'pending' };
    const requestedAt = timeOfRequest(id);
    if (requestedAt === undefined)
      throw new StreamInferError('NOT_FOUND', `request ${JSON.stringify(id)} is unknown here`);
    await this.#reader.open();
    const visit = (found: FoundAnswer): boolean => {
      if (found.id === id) this.#keep(found);
      return found.id === id;
    };
    await this.#search({ since: requestedAt, visit });
    if (!this.#answers.has(id)) this.#open.set(id, true);
    return this.#answers.get(id) ?? { state: 'pending' };
  }

  async wait(id: string, ms: number, signal: AbortSignal): Promise<RequestAnswer> {
    const first = await this.find(id);
    if (first.state !== 'pending' || ms === 0) return first;
    return await new Promise((resolve) => {
      const end = (answer: RequestAnswer): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#stop.signal.removeEventListener('abort', giveUp);
        this.#forget(id, end);
        resolve(answer);
      };
      const giveUp = (): void => end(this.#answers.get(id) ?? first);
      const timer = setTimeout(giveUp, ms);
      signal.addEventListener('abort', giveUp);
      this.#stop.signal.addEventListener('abort', giveUp);
      this.#waitersOf(id).add(end);
      const meanwhile = this.#answers.get(id);
      if (meanwhile !== undefined) end(meanwhile);
      else if (signal.aborted || this.#stop.signal.aborted) giveUp();
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reader.close();
    await this.#resuming;
    await this.options.callbacks?.close();
  }

  async #publish(message: { key: string; value: Buffer; headers: Header[] }): Promise<void> {
    const sink = this.options.sink();
    if (sink === null) throw new StreamInferError('NOT_READY', 'the process is starting; try again shortly');
    const topic = this.options.topics.input;
    const late = (): Error =>
      new StreamInferError(
        'TIMEOUT',
        `the broker did not confirm the request within ${PUBLISH_MS / 1_000} s; repeat it with the id ${message.key}`,
      );
    const [refused] = await withTimeout(sink.publish(topic, [message]), PUBLISH_MS, late);
    if (refused !== undefined)
      throw new StreamInferError('MESSAGE_TOO_LARGE', `the broker refuses the image: ${refused.reason}`);
  }

  /** The answer, as far as this process has seen or stored it. */
  async #known(id: string): Promise<RequestAnswer | undefined> {
    const kept = this.#answers.get(id);
    if (kept !== undefined) return kept;
    const stored = await this.options.results.get(id);
    if (stored !== undefined) return { state: 'done', prediction: stored.prediction };
    const letter = this.options.ring
      .list({ limit: Infinity })
      .find(({ deadLetter }) => headerText(deadLetter.original.headers, REQUEST_HEADER) === id);
    return letter && toFailure(letter.deadLetter);
  }

  async #isRepeated(id: string): Promise<boolean> {
    const known = await this.#known(id);
    if (known !== undefined) this.options.callbacks?.answered(id, known);
    return known !== undefined || this.#open.has(id);
  }

  /** Finds the answers for callbacks of an earlier run. Never rejects. */
  async #resume(): Promise<void> {
    const { callbacks, log } = this.options;
    const { signal } = this.#stop;
    const backoff = new Backoff(1_000, 30_000);
    while (callbacks !== null && callbacks.waiting.length > 0 && !signal.aborted) {
      try {
        await this.#reader.open();
        return await this.#answerWaiting(callbacks);
      } catch (error) {
        if (backoff.tries === 0 && !signal.aborted)
          log.warn(
            { error: messageOf(error) },
            'answers for callbacks of an earlier run cannot be read; retrying',
          );
        await backoff.wait(signal);
      }
    }
  }

  async #answerWaiting(callbacks: Callbacks): Promise<void> {
    for (const { id } of callbacks.waiting) {
      this.#open.set(id, true);
      await this.#isRepeated(id);
    }
    const [oldest] = callbacks.waiting;
    if (oldest === undefined) return;
    const wanted = new Set(callbacks.waiting.map(({ id }) => id));
    const visit = (found: FoundAnswer): boolean => {
      if (wanted.delete(found.id)) this.#keep(found);
      return wanted.size === 0;
    };
    await this.#search({ since: oldest.at, limitMs: RESUME_MS, visit });
  }

  /** In the topics, which only brokers with offsets can read again. One search at a time. */
  async #search(search: Search): Promise<void> {
    const { broker, kind, topics } = this.options;
    if (BROKER_TRAITS[kind].readsBy === 'subscription') return;
    const release = await this.#searches.acquire();
    let isOver = false;
    const visit = (found: FoundAnswer): boolean => (isOver = search.visit(found));
    try {
      const { signal } = this.#stop;
      const places = topics.predictions.map((topic) => ({ topic, read: readPrediction }));
      for (const place of [...places, { topic: topics.dlq, read: readDeadLetter }])
        if (!isOver) await findAnswers(broker, place, { ...search, visit }, signal);
    } finally {
      release();
    }
  }

  #keep({ id, answer }: FoundAnswer): void {
    // The first answer counts: a repeated message may have another one after a change of the model.
    if (this.#answers.has(id)) return;
    this.#answers.set(id, answer);
    this.#open.delete(id);
    for (const end of this.#waiting.get(id) ?? []) end(answer);
    this.options.callbacks?.answered(id, answer);
  }

  #waitersOf(id: string): Set<(answer: RequestAnswer) => void> {
    const waiters = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiters);
    return waiters;
  }

  #forget(id: string, end: (answer: RequestAnswer) => void): void {
    const waiters = this.#waiting.get(id);
    waiters?.delete(end);
    if (waiters?.size === 0) this.#waiting.delete(id);
  }
}
