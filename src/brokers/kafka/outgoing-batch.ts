import { Deferred } from '../../core/async/deferred';
import { StreamInferError, messageOf } from '../../core/errors';
import type { RefusedMessage } from '../../core/ports';
import { KAFKA, isTopicMissing, kafkaCodeOf } from './errors';

/**
 * The delivery reports of one call of `publish`, one for each message. It ends when all have arrived, also after a
 * failure. So no message is in flight when the caller publishes the same messages again.
 */
export class OutgoingBatch {
  readonly refused: RefusedMessage[] = [];
  /** Messages that the broker refused in one request; which of them are too large is unknown. */
  readonly suspects: number[] = [];
  readonly #done = new Deferred();
  #open: number;
  #failure: unknown;

  /** @param size number of expected reports */
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

  /** The client itself refuses it as too large. */
  refuse(index: number, error: unknown): void {
    this.refused.push({ index, reason: messageOf(error) });
    this.#close(1);
  }

  /** `count` messages were never enqueued, or their reports will never arrive. */
  fail(error: unknown, count: number = this.#open): void {
    this.#failure ??= error;
    this.#close(count);
  }

  /** Throws PUBLISH_FAILED if it is unknown whether all arrived, TOPIC_MISSING if the topic does not exist. */
  assertConfirmed(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    const [code, message] = isTopicMissing(failure)
      ? ([
          'TOPIC_MISSING',
          `the topic ${this.topic} does not exist in Kafka, or this user may not describe it; create it with the command \`topics create\``,
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
