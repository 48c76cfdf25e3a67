import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import { encodePrediction } from '../codec/prediction-json';
import type { BrokerKind } from '../core/message';
import type { OutcomeEncoder } from '../core/outbox';
import type { ModelIdentity } from '../core/prediction';

/** The codec as the outbox wants it, for one broker's header names and one model. */
export function createOutcomeEncoder(
  broker: BrokerKind,
  model: ModelIdentity,
  maxValueBytes: number,
): OutcomeEncoder {
  const prefix = broker === 'pubsub' ? 'ce-' : 'ce_';
  const context = { model, maxValueBytes };
  return {
    encode: (outcome) =>
      outcome.kind === 'prediction' ? encodePrediction(outcome, prefix) : encodeDeadLetter(outcome, context),
    encodeShrunk: (outcome) => encodeShrunkDeadLetter(outcome, context),
  };
}
