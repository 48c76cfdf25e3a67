import { z } from 'zod';
import { TOPIC, TOPIC_RULE } from './names';

export const labelsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe(
        'Whether people may label images of the stream, on the page and over the API; on for memory and embedded.',
      ),
    topic: z.string().regex(TOPIC, TOPIC_RULE).default('labels').describe('Topic of the labels.'),
  })
  .prefault({});
