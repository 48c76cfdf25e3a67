import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import { addToTopics, Destinations, type OutcomeTopics } from './destinations';
import { TopicRetry } from './topic-retry';
import { withoutPayload, type OutcomeEncoder, type OutgoingOutcome } from './outgoing-outcome';
import type { Log, MessageSink, MessageSource, Outbox } from '../core/ports';
import type { Outcome } from '../core/prediction';
import type { RoutePrediction } from '../core/route';

export interface OutboxOptions {
  readonly sink: MessageSink;
  readonly source: Pick<MessageSource, 'settle'>;
  readonly topics: OutcomeTopics;
  /** Topics of a prediction; absent where all go to `topics.output`. */
  readonly route?: RoutePrediction | undefined;
  readonly encode: OutcomeEncoder;
  readonly log: Log;
  /** Aborting it ends all waits; unconfirmed outcomes then stay unsettled. */
  readonly signal: AbortSignal;
}

export type { OutcomeEncoder } from './outgoing-outcome';

/**
 * Publishes, waits for the broker's confirmation, settles. A failing sink never causes a dead letter and never
 * advances the source: the outbox retries until the sink is back. Duplicates carry the same id.
 */
export class AtLeastOnceOutbox implements Outbox {
  /** By topic: one may be missing while the other works. */
  readonly #retries = new Map<string, TopicRetry>();

  constructor(private readonly options: OutboxOptions) {}

  get stalled(): boolean {
    for (const retry of this.#retries.values()) if (retry.active) return true;
    return false;
  }

  async deliver(outcomes: readonly Outcome[], more = false): Promise<readonly Outcome[]> {
    const { route } = this.options;
    if (route === undefined) await this.#publishTogether(outcomes, more);
    else await this.#publishRouted(outcomes, route, more);
    this.options.source.settle(outcomes.map(deliveryOf));
    return outcomes;
  }

  async #publishTogether(outcomes: readonly Outcome[], more: boolean): Promise<void> {
    const deadLetters: OutgoingOutcome[] = [];
    const predictions: OutgoingOutcome[] = [];
    for (const outcome of outcomes) {
      const outgoing = { outcome, message: this.options.encode.encode(outcome), shrunk: false };
      (outcome.kind === 'prediction' ? predictions : deadLetters).push(outgoing);
    }
    await Promise.all([
      this.#publishAll(this.options.topics.output, predictions, more),
      this.#publishAll(this.options.topics.dlq, deadLetters, more),
    ]);
  }

  /** A delivery is settled when all of its topics have confirmed. */
  async #publishRouted(outcomes: readonly Outcome[], route: RoutePrediction, more: boolean): Promise<void> {
    const { encode, topics } = this.options;
    const destinations = new Destinations(topics, route);
    const byTopic = new Map<string, OutgoingOutcome[]>();
    for (const outcome of outcomes) {
      const own = destinations.of(outcome);
      if (own.length > 0)
        addToTopics(byTopic, own, { outcome, message: encode.encode(outcome), shrunk: false });
    }
    const publishing = [...byTopic].map(([topic, outgoing]) =>
      this.#publishUntilConfirmed(topic, outgoing, more),
    );
    const refused = (await Promise.all(publishing)).flat();
    // Several topics may refuse a prediction, which becomes one dead letter.
    const letters = new Map(refused.map((letter) => [letter.outcome.delivery, letter]));
    await this.#publishAll(topics.dlq, [...letters.values()], more);
  }

  async #publishAll(topic: string, outgoing: readonly OutgoingOutcome[], more: boolean): Promise<void> {
    if (outgoing.length === 0) return;
    const refused = await this.#publishUntilConfirmed(topic, outgoing, more);
    if (refused.length === 0) return;
    await this.#publishAll(this.options.topics.dlq, refused, more);
  }

  /** Returns outcomes that the broker refuses, in a form that it accepts. */
  async #publishUntilConfirmed(
    topic: string,
    outgoing: readonly OutgoingOutcome[],
    more: boolean,
  ): Promise<OutgoingOutcome[]> {
    const { encode, log, signal } = this.options;
    const retry = this.#retryOf(topic);
    for (;;) {
      try {
        const refused = await this.options.sink.publish(
          topic,
          outgoing.map(({ message }) => message),
          more,
        );
        retry.succeeded();
        return refused.map(({ index, reason }) =>
          withoutPayload(outgoing[index] as OutgoingOutcome, reason, encode, log),
        );
      } catch (error) {
        if (signal.aborted)
          throw new StreamInferError('ABORTED', 'stopped while publishing', { cause: error });
        await retry.wait(error, signal);
      }
    }
  }

  #retryOf(topic: string): TopicRetry {
    const known = this.#retries.get(topic);
    if (known !== undefined) return known;
    const retry = new TopicRetry(topic, this.options.log);
    this.#retries.set(topic, retry);
    return retry;
  }
}

function deliveryOf(outcome: Outcome): Delivery {
  return outcome.delivery;
}
