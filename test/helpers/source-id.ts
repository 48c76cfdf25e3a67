import { headerText, type Delivery } from '../../src/core/message';
import type { Prediction } from '../../src/core/prediction';

/** The input id of an outcome: in a header of a dead letter, or in the JSON of a prediction (on Pub/Sub its id). */
export function sourceIdOf({ headers, value }: Delivery): string {
  const ofLetter = headerText(headers, 'source-id');
  if (ofLetter !== undefined) return ofLetter;
  const { id, source } = JSON.parse(String(value)) as Prediction;
  const { topic, partition, offset } = source;
  return partition === null ? id : `${topic}/${partition}/${offset}`;
}
