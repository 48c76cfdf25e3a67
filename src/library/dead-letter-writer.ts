import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import type { Delivery } from '../core/message';
import { AtLeastOnceOutbox } from '../pipeline/outbox';
import type { Log, MessageSink, MessageSource } from '../core/ports';
import type { DeadLetterOutcome, Outcome, Rejection } from '../core/prediction';

export interface DeadLetterWriterOptions {
  readonly topic: string;
  readonly sink: MessageSink;
  readonly source: Pick<MessageSource, 'settle'>;
  readonly log: Log;
  /** Ends all waits for the broker; unconfirmed messages stay unsettled. */
  readonly signal: AbortSignal;
}

/** Dead letters of a consumer name no model. */
const CONTEXT = { model: null, maxValueBytes: Infinity };

/** Publishes dead letters of a consumer until the broker confirms them, and then settles the messages. */
export class DeadLetterWriter {
  readonly #outbox: AtLeastOnceOutbox;

  constructor(options: DeadLetterWriterOptions) {
    const { topic, ...rest } = options;
    this.#outbox = new AtLeastOnceOutbox({
      ...rest,
      topics: { output: topic, dlq: topic },
      encode: {
        encode: (outcome: Outcome) => encodeDeadLetter(outcome as DeadLetterOutcome, CONTEXT),
        encodeShrunk: (outcome) => encodeShrunkDeadLetter(outcome, CONTEXT),
      },
    });
  }

  /** Whether the broker is not confirming dead letters. */
  get stalled(): boolean {
    return this.#outbox.stalled;
  }

  /** Rejects with ABORTED when `signal` aborts; nothing is settled then. */
  async write(delivery: Delivery, rejection: Rejection): Promise<void> {
    await this.#outbox.deliver([{ kind: 'dead letter', delivery, rejection }]);
  }
}
