import { Router } from 'express';
import type { LiveFeed } from '../live-feed';
import { methodNotAllowed } from '../problems';

/** Server-sent events: `model`, `stats`, `lag`, `prediction`. */
export function streamRoutes(feed: LiveFeed): Router {
  const router = Router();
  // Express would answer HEAD as GET: with a stream whose frames nobody may see.
  router.head('/stream', (_request, response) => {
    response.set('Cache-Control', 'no-store').type('text/event-stream').end();
  });
  router.get('/stream', (request, response) => feed.connect(request, response));
  router.all('/stream', methodNotAllowed('GET'));
  return router;
}
