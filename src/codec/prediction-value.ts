import { OPTIONAL_FIELDS, type OutputFormat, type PublishedFields } from '../core/output-form';
import type { PredictionOutcome } from '../core/prediction';
import { leaveOut } from './leave-out';
import { eventAttributes } from './prediction-event';

/** The value of a prediction, as it is published. */
export type PredictionValue = (outcome: PredictionOutcome) => Buffer;

const END = Buffer.from('}');

/** Without settings, the bytes that the worker wrote. */
export function predictionValue(format: OutputFormat, fields: PublishedFields): PredictionValue {
  const shorten = withFields(fields);
  if (format === 'json') return shorten;
  return (outcome) => Buffer.concat([eventStart(outcome), shorten(outcome), END]);
}

function withFields(fields: PublishedFields): PredictionValue {
  const names = new Set<string>(OPTIONAL_FIELDS.filter((name) => !fields[name]));
  if (names.has('probabilities')) names.add('top');
  return names.size === 0 ? ({ json }) => json : ({ json }) => leaveOut(json, names);
}

/** From the opening brace to the colon before the data. */
function eventStart(outcome: PredictionOutcome): Buffer {
  const attributes = { ...eventAttributes(outcome), datacontenttype: 'application/json' };
  return Buffer.from(`${JSON.stringify(attributes).slice(0, -1)},"data":`);
}
