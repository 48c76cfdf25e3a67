import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import { Outage } from './outage';
import { inSmallerForm, type OutcomeEncoder, type Parcel } from './parcel';
import type { Log, MessageSink, MessageSource, Outbox } from '../core/ports';
import type { Outcome } from '../core/prediction';

export interface OutboxParts {
  readonly sink: MessageSink;
  readonly source: Pick<MessageSource, 'settle'>;
  readonly topics: { readonly output: string; readonly dlq: string };
  readonly encode: OutcomeEncoder;
  readonly log: Log;
  /** Aborting it ends all waiting; what is not confirmed by then stays unsettled. */
  readonly signal: AbortSignal;
}

export type { OutcomeEncoder } from './parcel';

/**
 * Publish, wait for the broker's confirmation, settle. A sink that fails is never a reason for a dead letter and never
 * advances anything: the outbox tries again until the sink is back. What was published twice carries the same id.
 */
export class AtLeastOnceOutbox implements Outbox {
  /** By topic: one may be missing while the other works. */
  readonly #outages = new Map<string, Outage>();

  constructor(private readonly parts: OutboxParts) {}

  get stalled(): boolean {
    for (const outage of this.#outages.values()) if (outage.lasts) return true;
    return false;
  }

  async deliver(outcomes: readonly Outcome[], more = false): Promise<readonly Outcome[]> {
    const letters: Parcel[] = [];
    const predictions: Parcel[] = [];
    for (const outcome of outcomes) {
      const parcel = { outcome, message: this.parts.encode.encode(outcome), shrunk: false };
      (outcome.kind === 'prediction' ? predictions : letters).push(parcel);
    }
    await Promise.all([
      this.#publishAll(this.parts.topics.output, predictions, more),
      this.#publishAll(this.parts.topics.dlq, letters, more),
    ]);
    this.parts.source.settle(outcomes.map(deliveryOf));
    return outcomes;
  }

  async #publishAll(topic: string, parcels: readonly Parcel[], more: boolean): Promise<void> {
    if (parcels.length === 0) return;
    const refused = await this.#publishUntilConfirmed(topic, parcels, more);
    if (refused.length === 0) return;
    await this.#publishAll(this.parts.topics.dlq, refused, more);
  }

  /** Returns what has to be published in another form, because the broker refuses it as it is. */
  async #publishUntilConfirmed(topic: string, parcels: readonly Parcel[], more: boolean): Promise<Parcel[]> {
    const { encode, log, signal } = this.parts;
    const outage = this.#outageOf(topic);
    for (;;) {
      try {
        const refused = await this.parts.sink.publish(
          topic,
          parcels.map((parcel) => parcel.message),
          more,
        );
        outage.over();
        return refused.map(({ index, reason }) =>
          inSmallerForm(parcels[index] as Parcel, reason, encode, log),
        );
      } catch (error) {
        if (signal.aborted)
          throw new StreamInferError('ABORTED', 'stopped while publishing', { cause: error });
        await outage.failed(error, signal);
      }
    }
  }

  #outageOf(topic: string): Outage {
    const known = this.#outages.get(topic);
    if (known !== undefined) return known;
    const outage = new Outage(topic, this.parts.log);
    this.#outages.set(topic, outage);
    return outage;
  }
}

function deliveryOf(outcome: Outcome): Delivery {
  return outcome.delivery;
}
