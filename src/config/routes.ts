import { z } from 'zod';
import { TOPIC, TOPIC_RULE } from './names';

/** Combinations of matching routes are numbered by their bits. */
const MOST_ROUTES = 30;
/** Far more classes than a person lists. */
const MOST_CLASSES = 1_000;

const share = z.number().min(0).max(1);
const classReference = z.union([z.string().trim().min(1).max(1_000), z.int().min(0).max(65_534)], {
  error: 'a class is its name, or its number from 0',
});

/** All given conditions must hold. */
const route = z.strictObject({
  topic: z
    .string({ error: 'a route needs the topic of its predictions' })
    .regex(TOPIC, TOPIC_RULE)
    .describe('Topic of the predictions that match; may be output.topic.'),
  classes: z
    .array(classReference)
    .min(1, 'name at least one class')
    .max(MOST_CLASSES)
    .optional()
    .describe('Classes that match: names, or numbers from 0.'),
  minConfidence: share.optional().describe('Lowest confidence that matches.'),
  maxConfidence: share.optional().describe('Highest confidence that matches.'),
  correct: z
    .boolean()
    .optional()
    .describe('true: correct predictions; false: wrong ones. Both need images with a known class.'),
  model: z
    .string()
    .regex(/^[^@\s]+(@\d+)?$/, 'a model is its name, or name@version')
    .optional()
    .describe('Model that made the prediction: name or name@version.'),
  rule: z
    .string()
    .min(1)
    .optional()
    .describe('Rule of alerts whose condition the prediction meets, whatever its count and window.'),
});

export const routesSchema = z
  .array(route, { error: 'routes are a list of maps' })
  .max(MOST_ROUTES, `at most ${MOST_ROUTES} routes`);

/** Every key of a route, for suggestions. */
export const ROUTE_KEYS: readonly string[] = Object.keys(route.shape);
