import type { Outcome } from '../core/prediction';
import type { RoutePrediction } from '../core/route';

export interface OutcomeTopics {
  readonly output: string;
  readonly dlq: string;
}

/** The topics of each outcome. */
export class Destinations {
  readonly #output: readonly string[];
  readonly #dlq: readonly string[];

  /** @param route of predictions; without it all go to the predictions topic */
  constructor(
    { output, dlq }: OutcomeTopics,
    private readonly route?: RoutePrediction,
  ) {
    this.#output = [output];
    this.#dlq = [dlq];
  }

  of(outcome: Outcome): readonly string[] {
    if (outcome.kind === 'dead letter') return this.#dlq;
    return this.route === undefined ? this.#output : this.route(outcome);
  }
}

/** Appends an entry to the list of each topic. */
export function addToTopics<T>(byTopic: Map<string, T[]>, topics: readonly string[], entry: T): void {
  for (const topic of topics) {
    const list = byTopic.get(topic);
    if (list === undefined) byTopic.set(topic, [entry]);
    else list.push(entry);
  }
}
