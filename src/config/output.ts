import { z } from 'zod';
import { HEADER_MODES } from '../core/header-mode';
import { OPTIONAL_FIELDS, OUTPUT_FORMATS, SCHEMA_FORMATS, type OptionalField } from '../core/output-form';
import { ORDER_MODES, ROUTE_MATCHES, UNMATCHED_MODES } from '../core/route';
import { TOPIC, TOPIC_RULE } from './names';
import { routesSchema } from './routes';

const topic = z.string().regex(TOPIC, TOPIC_RULE);

const FIELDS: Readonly<Record<OptionalField, string>> = {
  className: 'Whether the name of the class is published.',
  probabilities: 'Whether the scores are published: probabilities, or top.',
  objects: 'Whether found objects are published.',
  frame: 'Whether the image size that boxes refer to is published.',
  truth: 'Whether the true class is published.',
  correct: 'Whether it is published that a prediction is correct or wrong.',
  model: 'Whether name and version of the model are published.',
  source: "Whether the image's topic, offset, key and time are published.",
  timing: 'Whether the times of a prediction are published.',
  predictedAt: 'Whether the time of the prediction is published.',
};

/** Where predictions and other results go, and in which form. */
export const outputSchema = z
  .strictObject({
    topic: topic.default('predictions').describe('Topic of the predictions.'),
    headers: z
      .enum(HEADER_MODES)
      .default('json')
      .describe(
        'Headers added to a prediction: none, json (content-type), or cloudevents (also label, confidence, source-id and ce_* or ce-*).',
      ),
    format: z
      .enum(OUTPUT_FORMATS)
      .default('json')
      .describe('Value of a prediction: json, or cloudevents (a structured CloudEvent with it as data).'),
    schema: z
      .enum(SCHEMA_FORMATS)
      .optional()
      .describe(
        'Format of predictions with a schema in the Schema Registry; JSON without a schema if absent.',
      ),
    fields: z
      .strictObject(
        Object.fromEntries(
          OPTIONAL_FIELDS.map((name) => [name, z.boolean().default(true).describe(FIELDS[name])]),
        ) as Record<OptionalField, z.ZodDefault<z.ZodBoolean>>,
      )
      .prefault({}),
    dlq: topic.optional().describe('Dead-letter topic; <input topic>.dlq if absent.'),
    events: topic.default('events').describe('Topic of the events that rules detect.'),
    alerts: topic.default('alerts').describe('Topic of the numbered alerts.'),
    disagreements: topic
      .default('disagreements')
      .describe('Topic of images that a shadow model labels differently.'),
    routes: routesSchema.default([]).describe('Other topics for predictions that meet conditions.'),
    match: z
      .enum(ROUTE_MATCHES)
      .default('first')
      .describe(
        'Routes that a prediction takes: first (that matches), all (that match), or none (routes off).',
      ),
    unmatched: z
      .enum(UNMATCHED_MODES)
      .default('topic')
      .describe('Predictions without a matching route: topic (to output.topic) or none (not published).'),
    order: z
      .enum(ORDER_MODES)
      .default('none')
      .describe('Order of predictions: none (as they are ready) or key (by key, as their images arrived).'),
  })
  .prefault({});
