import { z } from 'zod';

/** Images that are sent over HTTP and go through the topic. */
export const requestsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('Whether POST /api/v1/requests publishes images to the input topic; run and serve.'),
  })
  .prefault({});
