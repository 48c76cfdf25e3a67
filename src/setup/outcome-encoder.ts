import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import { predictionHeaders } from '../codec/prediction-headers';
import { encodePrediction } from '../codec/prediction-json';
import type { Config } from '../config/schema';
import type { OutcomeEncoder } from '../pipeline/outbox';
import type { ModelIdentity } from '../core/prediction';

/**
 * The codec in the form that the outbox needs, with the configured headers. Dead letters keep all headers in every mode:
 * a redrive needs them.
 *
 * @param model the active model, for dead letters that never reached a model
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
