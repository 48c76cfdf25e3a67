import { z } from 'zod';
import { livesInProcess } from './broker';
import { TOPIC, TOPIC_RULE } from './names';
import type { Config } from './schema';

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

/** Whether people may label images; never without HTTP. */
export function takesLabels({
  labels,
  http,
  ...config
}: Pick<Config, 'labels' | 'http' | 'broker' | 'kafka'>): boolean {
  return http.enabled && (labels.enabled ?? livesInProcess(config));
}
