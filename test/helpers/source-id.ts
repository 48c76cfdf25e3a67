import { headerText, type Delivery } from '../../src/core/message';
import type { Prediction } from '../../src/core/prediction';

/** The input behind an outcome: a dead letter has it in a header, a prediction in its JSON (on Pub/Sub as its id). */
export function sourceIdOf({ headers, value }: Delivery): string {
  const ofLetter = headerText(headers, 'source-id');
  if (ofLetter !== undefined) return ofLetter;
  const { id, source } = JSON.parse(String(value)) as Prediction;
  const { topic, partition, offset } = source;
  return partition === null ? id : `${topic}/${partition}/${offset}`;
}
