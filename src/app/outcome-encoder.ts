import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import { encodePrediction } from '../codec/prediction-json';
import type { BrokerKind } from '../core/message';
import type { OutcomeEncoder } from '../core/outbox';
import type { ModelIdentity } from '../core/prediction';

/**
 * The codec as the outbox wants it, for one broker's header names.
 *
 * @param model what serves at the moment, for dead letters that no model was given
 */
export function createOutcomeEncoder(
  broker: BrokerKind,
  model: () => ModelIdentity,
  maxValueBytes: number,
): OutcomeEncoder {
  const prefix = broker === 'pubsub' ? 'ce-' : 'ce_';
  const context = () => ({ model: model(), maxValueBytes });
  return {
    encode: (outcome) => {
      if (outcome.kind === 'dead letter') return encodeDeadLetter(outcome, context());
      return encodePrediction(outcome, prefix);
    },
    encodeShrunk: (outcome) => encodeShrunkDeadLetter(outcome, context()),
  };
}
