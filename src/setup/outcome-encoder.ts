import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import { predictionHeaders } from '../codec/prediction-headers';
import { encodePrediction } from '../codec/prediction-json';
import { predictionValue } from '../codec/prediction-value';
import type { Config } from '../config/schema';
import type { OutcomeEncoder } from '../pipeline/outbox';
import { ALL_FIELDS } from '../core/output-form';
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
  const { headers, format, fields } = config.output;
  const headersOf = predictionHeaders(headers, config.broker, format);
  const valueOf = predictionValue(format, fields);
  const isOrdered = config.output.order === 'key' && config.broker === 'pubsub';
  const context = () => ({ model: model(), maxValueBytes: config.inference.maxImageBytes });
  return {
    encode: (outcome) => {
      if (outcome.kind === 'dead letter') return encodeDeadLetter(outcome, context());
      const message = encodePrediction(outcome, headersOf, valueOf);
      return isOrdered && outcome.delivery.key !== null ? { ...message, ordered: true } : message;
    },
    encodeShrunk: (outcome) => encodeShrunkDeadLetter(outcome, context()),
  };
}

/** The configuration with all fields of a prediction, for readers that compare predictions. */
export function withAllFields(config: Config): Config {
  return { ...config, output: { ...config.output, fields: ALL_FIELDS } };
}
