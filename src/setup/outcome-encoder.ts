import { encodeDeadLetter, encodeShrunkDeadLetter } from '../codec/dead-letter';
import { predictionHeaders } from '../codec/prediction-headers';
import { encodePrediction } from '../codec/prediction-json';
import { predictionValue, type PredictionValue } from '../codec/prediction-value';
import type { Config } from '../config/schema';
import type { OutcomeEncoder } from '../pipeline/outbox';
import { ALL_FIELDS } from '../core/output-form';
import type { ModelIdentity } from '../core/prediction';

/**
 * The codec in the form that the outbox needs, with the configured headers. Dead letters keep all headers in every mode:
 * a redrive needs them.
 *
 * @param model the active model, for dead letters that never reached a model
 * @param framed gives a prediction in JSON the form of its registered schema
 */
export function createOutcomeEncoder(
  config: Pick<Config, 'broker' | 'output' | 'inference'>,
  model: () => ModelIdentity,
  framed?: (json: Buffer) => Buffer,
): OutcomeEncoder {
  const { headers, format, fields } = config.output;
  const contentType = framed === undefined ? 'application/json' : 'application/octet-stream';
  const headersOf = predictionHeaders(headers, config.broker, format, contentType);
  const json = predictionValue(format, fields);
  const valueOf: PredictionValue = framed === undefined ? json : (outcome) => framed(json(outcome));
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
