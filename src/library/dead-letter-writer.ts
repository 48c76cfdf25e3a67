import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import type { Delivery } from '../core/message';
import { AtLeastOnceOutbox } from '../pipeline/outbox';
import type { Log, MessageSink, MessageSource } from '../core/ports';
import type { DeadLetterOutcome, Outcome, Rejection } from '../core/prediction';

export interface DeadLetterWriterParts {
  readonly topic: string;
  readonly sink: MessageSink;
  readonly source: Pick<MessageSource, 'settle'>;
  readonly log: Log;
  /** Ends all waiting for the broker; what is not confirmed by then stays unsettled. */
  readonly signal: AbortSignal;
}

/** What a dead letter says of the model: there is none. */
const CONTEXT = { model: null, maxValueBytes: Infinity };

/** Dead letters of a consumer: published until the broker has confirmed them, and only then is the message settled. */
export class DeadLetterWriter {
  readonly #outbox: AtLeastOnceOutbox;

  constructor(parts: DeadLetterWriterParts) {
    const { topic, ...rest } = parts;
    this.#outbox = new AtLeastOnceOutbox({
      ...rest,
      topics: { output: topic, dlq: topic },
      encode: {
        encode: (outcome: Outcome) => encodeDeadLetter(outcome as DeadLetterOutcome, CONTEXT),
        encodeShrunk: (outcome) => encodeShrunkDeadLetter(outcome, CONTEXT),
      },
    });
  }

  /** The broker does not take them at the moment. */
  get stalled(): boolean {
    return this.#outbox.stalled;
  }

  /** Rejects with ABORTED, nothing settled, when `signal` aborts. */
  async write(delivery: Delivery, rejection: Rejection): Promise<void> {
    await this.#outbox.deliver([{ kind: 'dead letter', delivery, rejection }]);
  }
}
