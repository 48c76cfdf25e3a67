import { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import type { LiveFeed } from '../live-feed';
import { methodNotAllowed } from '../problems';
import { streamEvent } from '../schemas/stream';

/** Server-sent events: `model`, `stats`, `lag`, `prediction`, `alert`. */
export function streamRoutes(feed: LiveFeed): Router {
  const router = Router();
  // Express would answer HEAD as GET: with a stream whose frames nobody may see.
  router.head('/stream', (_request, response) => {
    response.set('Cache-Control', 'no-store').type('text/event-stream').end();
  });
  router.get('/stream', describe(STREAM), (request, response) => feed.connect(request, response));
  router.all('/stream', methodNotAllowed('GET'));
  return router;
}

const STREAM: Operation = {
  paths: ['/api/v1/stream'],
  tag: 'stream',
  unlimited: true,
  summary: 'Server-sent events: model, stats, lag, prediction, alert',
  description: 'Does not end by itself. The schema is that of one event.',
  answer: { 'text/event-stream': streamEvent },
  errors: [503],
};
