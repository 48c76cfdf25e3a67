import { Deferred } from '../../core/async/deferred';
import { StreamInferError, messageOf } from '../../core/errors';
import type { RefusedMessage } from '../../core/ports';
import { KAFKA, isTopicMissing, kafkaCodeOf } from './errors';

/**
 * What one call of `publish` waits for: a delivery report for each message. It ends when all are in, also after a
 * failure, so that nothing of it is still on its way when the caller publishes the same messages again.
 */
export class OutgoingBatch {
  readonly refused: RefusedMessage[] = [];
  /** Messages that the broker refused together with their neighbours in one request; each one's own fate is open. */
  readonly suspects: number[] = [];
  readonly #done = new Deferred();
  #open: number;
  #failure: unknown;

  /** @param size how many reports will come */
  constructor(
    private readonly topic: string,
    size: number,
  ) {
    this.#open = size;
    if (size === 0) this.#done.resolve();
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  onReport(index: number, error: unknown): void {
    if (error !== null && error !== undefined) {
      if (kafkaCodeOf(error) === KAFKA.MSG_SIZE_TOO_LARGE) this.suspects.push(index);
      else this.#failure ??= error;
    }
    this.#close(1);
  }

  /** The client itself finds it too large. */
  refuse(index: number, error: unknown): void {
    this.refused.push({ index, reason: messageOf(error) });
    this.#close(1);
  }

  /** `count` messages were never handed over, or no report will come for them. */
  fail(error: unknown, count: number = this.#open): void {
    this.#failure ??= error;
    this.#close(count);
  }

  /** PUBLISH_FAILED if it is unknown whether all arrived, TOPIC_MISSING if there is nowhere for them to go. */
  assertConfirmed(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    const [code, message] = isTopicMissing(failure)
      ? ([
          'TOPIC_MISSING',
          `The topic ${this.topic} does not exist in Kafka, or this user may not see it; stream-infer topics create makes it`,
        ] as const)
      : ([
          'PUBLISH_FAILED',
          `Kafka did not confirm a publish to ${this.topic}: ${messageOf(failure)}`,
        ] as const);
    throw new StreamInferError(code, message, { cause: failure });
  }

  #close(count: number): void {
    this.#open -= count;
    if (this.#open <= 0) this.#done.resolve();
  }
}
