import { Router } from 'express';
import { describe, type Operation } from '../openapi/operation';
import type { LiveFeed } from '../live-feed';
import { methodNotAllowed } from '../problems';
import { streamEvent } from '../schemas/stream';

/** Server-sent events: `model`, `stats`, `lag`, `prediction`, `alert`. */
export function streamRoutes(feed: LiveFeed): Router {
  const router = Router();
  // Express would answer HEAD like GET, with an endless stream.
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
  summary: 'Live feed: server-sent events model, stats, lag, prediction, alert',
  description: 'The stream does not end. The schema describes one event; its data is JSON.',
  answer: { 'text/event-stream': streamEvent },
  errors: [503],
};
