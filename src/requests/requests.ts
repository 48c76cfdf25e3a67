import { Semaphore } from '../core/async/semaphore';
import { withTimeout } from '../core/async/timeout';
import { BROKER_TRAITS } from '../core/broker-traits';
import { StreamInferError } from '../core/errors';
import { headerText, type BrokerKind, type Header } from '../core/message';
import type { Broker, Log, MessageSink, MessageSource } from '../core/ports';
import type { NewRequest, RequestAnswer, RequestsService } from '../http/services';
import type { DeadLetterRing } from '../results/dead-letter-ring';
import type { ResultsView } from '../results/view';
import { readDeadLetter, readPrediction, toFailure, type FoundAnswer } from './answer';
import { AnswerReader } from './answer-reader';
import { findAnswer } from './find-answer';
import { LatestMap } from './latest-map';
import { createRequestId, REQUEST_HEADER, timeOfRequest } from './request-id';

/** Answers and open requests in memory, the oldest are dropped. */
const MOST_KEPT = 10_000;
/** Time limit of a publish, ms. */
const PUBLISH_MS = 30_000;

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

  constructor(private readonly options: RequestsOptions) {
    const { topics, follow, log } = options;
    const connect = () => [
      ...topics.predictions.map((topic) => ({ source: follow(topic), read: readPrediction })),
      { source: follow(topics.dlq), read: readDeadLetter },
    ];
    this.#reader = new AnswerReader(connect, (found) => this.#keep(found), log);
  }

  async submit({ bytes, contentType, id: given }: NewRequest): Promise<string> {
    // Before publishing, or the answer may arrive unseen.
    await this.#reader.open();
    const id = given ?? createRequestId();
    // A client that repeats its request gets the first answer; it is not classified again.
    if (given !== undefined && (this.#open.has(id) || (await this.#known(id)) !== undefined)) return id;
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
    const found = await this.#search(id, requestedAt);
    this.#open.set(id, true);
    return found ?? this.#answers.get(id) ?? { state: 'pending' };
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

  /** In the topics, which only brokers with offsets can read again. One search at a time. */
  async #search(id: string, requestedAt: number): Promise<RequestAnswer | undefined> {
    const { broker, kind, topics } = this.options;
    if (BROKER_TRAITS[kind].readsBy === 'subscription') return undefined;
    const release = await this.#searches.acquire();
    try {
      const { signal } = this.#stop;
      const places = topics.predictions.map((topic) => ({ topic, read: readPrediction }));
      for (const place of [...places, { topic: topics.dlq, read: readDeadLetter }]) {
        const found = await findAnswer(broker, place, id, requestedAt, signal);
        if (found !== undefined) return found;
      }
      return undefined;
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
