import { Backoff } from './backoff';
import { StreamInferError, messageOf } from './errors';
import type { Delivery, OutgoingMessage } from './message';
import type { Log, MessageSink, MessageSource, Outbox } from './ports';
import type { DeadLetterOutcome, Outcome } from './prediction';

export interface OutboxParts {
  readonly sink: MessageSink;
  readonly source: Pick<MessageSource, 'settle'>;
  readonly topics: { readonly output: string; readonly dlq: string };
  readonly encode: OutcomeEncoder;
  readonly log: Log;
  /** Aborting it ends all waiting; what is not confirmed by then stays unsettled. */
  readonly signal: AbortSignal;
}

/** From outcome to bytes. */
export interface OutcomeEncoder {
  encode(outcome: Outcome): OutgoingMessage;
  /** A dead letter without the original's bytes, key and headers, for a broker that refuses the whole one as too large. */
  encodeShrunk(outcome: DeadLetterOutcome): OutgoingMessage;
}

/** A message on its way, with the outcome that it carries. */
interface Parcel {
  readonly outcome: Outcome;
  readonly message: OutgoingMessage;
  readonly shrunk: boolean;
}

/**
 * Publish, wait for the broker's confirmation, settle. A sink that fails is never a reason for a dead letter and never
 * advances anything: the outbox tries again until the sink is back. What was published twice carries the same id.
 */
export class AtLeastOnceOutbox implements Outbox {
  #stalledSince: number | null = null;

  constructor(private readonly parts: OutboxParts) {}

  /** True while the broker does not confirm: the pipeline takes nothing new meanwhile. */
  get stalled(): boolean {
    return this.#stalledSince !== null;
  }

  async deliver(outcomes: readonly Outcome[]): Promise<void> {
    const letters: Parcel[] = [];
    const predictions: Parcel[] = [];
    for (const outcome of outcomes) {
      const parcel = { outcome, message: this.parts.encode.encode(outcome), shrunk: false };
      (outcome.kind === 'prediction' ? predictions : letters).push(parcel);
    }
    await Promise.all([
      this.#publishAll(this.parts.topics.output, predictions),
      this.#publishAll(this.parts.topics.dlq, letters),
    ]);
    this.parts.source.settle(outcomes.map(deliveryOf));
  }

  async #publishAll(topic: string, parcels: readonly Parcel[]): Promise<void> {
    if (parcels.length === 0) return;
    const refused = await this.#publishUntilConfirmed(topic, parcels);
    if (refused.length === 0) return;
    await this.#publishAll(this.parts.topics.dlq, refused);
  }

  /** Returns what has to be published in another form, because the broker refuses it as it is. */
  async #publishUntilConfirmed(topic: string, parcels: readonly Parcel[]): Promise<Parcel[]> {
    const backoff = new Backoff(100, 5_000);
    for (;;) {
      try {
        const refused = await this.parts.sink.publish(
          topic,
          parcels.map((parcel) => parcel.message),
        );
        this.#recovered();
        return refused.map(({ index, reason }) => this.#inSmallerForm(parcels[index] as Parcel, reason));
      } catch (error) {
        if (this.parts.signal.aborted)
          throw new StreamInferError('ABORTED', 'stopped while publishing', { cause: error });
        this.#stall(topic, error, backoff.tries);
        await backoff.wait(this.parts.signal);
      }
    }
  }

  /** A prediction becomes a dead letter, a dead letter loses the original's bytes; both fit any sensible broker. */
  #inSmallerForm(parcel: Parcel, reason: string): Parcel {
    const { encode, log } = this.parts;
    if (parcel.shrunk) {
      throw new StreamInferError('INTERNAL', `the broker refuses even a shrunk dead letter: ${reason}`);
    }
    if (parcel.outcome.kind === 'dead letter') {
      return { outcome: parcel.outcome, message: encode.encodeShrunk(parcel.outcome), shrunk: true };
    }
    const { delivery } = parcel.outcome;
    log.warn(
      { sourceId: delivery.sourceId, reason },
      'prediction refused by the broker; it becomes a dead letter',
    );
    const outcome: DeadLetterOutcome = {
      kind: 'dead letter',
      delivery,
      rejection: { code: 'OUTCOME_TOO_LARGE', message: reason, stage: 'publish', attempts: 1 },
    };
    return { outcome, message: encode.encode(outcome), shrunk: false };
  }

  #stall(topic: string, error: unknown, tries: number): void {
    this.#stalledSince ??= Date.now();
    if (tries === 0)
      this.parts.log.warn(
        { topic, error: messageOf(error) },
        'publish not confirmed; trying again until it is',
      );
  }

  #recovered(): void {
    if (this.#stalledSince === null) return;
    this.parts.log.info({ stalledMs: Date.now() - this.#stalledSince }, 'publishing works again');
    this.#stalledSince = null;
  }
}

function deliveryOf(outcome: Outcome): Delivery {
  return outcome.delivery;
}
