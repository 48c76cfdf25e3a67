import { deadline } from '../core/async/deadline';
import { StreamInferError, isStreamInferError, messageOf } from '../core/errors';
import type { Log, MessageSource } from '../core/ports';
import type { FoundAnswer, ReadAnswer } from './answer';

const OPEN_TIMEOUT_MS = 15_000;
const MOST_AT_ONCE = 512;

export interface AnswerSource {
  readonly source: MessageSource;
  readonly read: ReadAnswer;
}

/**
 * Reads the answers to requests from the ends of the predictions and dead-letter topics. It is opened for the first
 * request, and stays open: every later answer is seen, whichever process gives it.
 */
export class AnswerReader {
  readonly #stop = new AbortController();
  #opening: Promise<void> | null = null;
  #sources: readonly AnswerSource[] = [];
  #reading: Promise<void>[] = [];

  /** @param connect creates sources that are not open and start at the ends of their topics */
  constructor(
    private readonly connect: () => readonly AnswerSource[],
    private readonly onAnswer: (found: FoundAnswer) => void,
    private readonly log: Log,
  ) {}

  /** Resolves when later answers are seen. Rejects with NOT_READY while the topics cannot be read. */
  async open(): Promise<void> {
    if (this.#stop.signal.aborted) throw stopping();
    this.#opening ??= this.#open();
    await this.#opening;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#opening?.catch(() => undefined);
    await this.#closeSources();
    await Promise.all(this.#reading);
  }

  async #open(): Promise<void> {
    this.#sources = this.connect();
    const signal = deadline(OPEN_TIMEOUT_MS, this.#stop.signal);
    try {
      await Promise.all(this.#sources.map(({ source }) => source.open(signal)));
    } catch (error) {
      const reasons = this.#sources.map(({ source }) => source.status().reason);
      await this.#closeSources();
      this.#opening = null;
      if (this.#stop.signal.aborted) throw stopping();
      throw unreadable(reasons.find((reason) => reason !== undefined) ?? messageOf(error), error);
    }
    this.#reading = this.#sources.map(({ source, read }) => this.#read(source, read));
  }

  async #read(source: MessageSource, read: ReadAnswer): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        for (const delivery of await source.receive(MOST_AT_ONCE, signal)) {
          const found = read(delivery);
          if (found !== undefined) this.onAnswer(found);
        }
      }
    } catch (error) {
      this.log.error({ error: messageOf(error) }, 'answers to requests can no longer be read');
    }
  }

  async #closeSources(): Promise<void> {
    await Promise.all(this.#sources.map(({ source }) => source.close()));
  }
}

function unreadable(reason: string, cause: unknown): StreamInferError {
  if (isStreamInferError(cause) && cause.code !== 'ABORTED') return cause;
  return new StreamInferError('NOT_READY', `answers cannot be read: ${reason}; try again later`, { cause });
}

function stopping(): StreamInferError {
  return new StreamInferError('NOT_READY', 'the process is stopping');
}
