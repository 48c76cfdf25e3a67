import { StreamInferError, messageOf } from '../../core/errors';
import type { RefusedMessage } from '../../core/ports';
import { KAFKA, kafkaCodeOf } from './errors';

/**
 * What one call of `publish` waits for: a delivery report for each message. It ends when all are in, also after a
 * failure, so that nothing of it is still on its way when the caller publishes the same messages again.
 */
export class OutgoingBatch {
  readonly done: Promise<void>;
  readonly refused: RefusedMessage[] = [];
  /** Messages that the broker refused together with their neighbours in one request; each one's own fate is open. */
  readonly suspects: number[] = [];
  #resolve!: () => void;
  #open: number;
  #failure: unknown;

  /** @param size how many reports will come */
  constructor(
    private readonly topic: string,
    size: number,
  ) {
    this.#open = size;
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    if (size === 0) this.#resolve();
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

  /** PUBLISH_FAILED if it is unknown whether all arrived. */
  assertConfirmed(): void {
    if (this.#failure === undefined) return;
    throw new StreamInferError(
      'PUBLISH_FAILED',
      `Kafka did not confirm a publish to ${this.topic}: ${messageOf(this.#failure)}`,
      {
        cause: this.#failure,
      },
    );
  }

  #close(count: number): void {
    this.#open -= count;
    if (this.#open <= 0) this.#resolve();
  }
}
