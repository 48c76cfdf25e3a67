import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import { predictionHeaders } from '../codec/prediction-headers';
import { encodePrediction } from '../codec/prediction-json';
import type { Config } from '../config/schema';
import type { OutcomeEncoder } from '../pipeline/outbox';
import type { ModelIdentity } from '../core/prediction';

/**
 * The codec as the outbox wants it, with the configured headers. Dead letters keep theirs in every mode: a redrive needs
 * them.
 *
 * @param model what serves at the moment, for dead letters that no model was given
 */
export function createOutcomeEncoder(
  config: Pick<Config, 'broker' | 'output' | 'inference'>,
  model: () => ModelIdentity,
): OutcomeEncoder {
  const headersOf = predictionHeaders(config.output.headers, config.broker);
  const context = () => ({ model: model(), maxValueBytes: config.inference.maxImageBytes });
  return {
    encode: (outcome) => {
      if (outcome.kind === 'dead letter') return encodeDeadLetter(outcome, context());
      return encodePrediction(outcome, headersOf);
    },
    encodeShrunk: (outcome) => encodeShrunkDeadLetter(outcome, context()),
  };
}
