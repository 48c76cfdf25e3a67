import { Router } from 'express';
import type { LiveFeed } from '../live-feed';
import { methodNotAllowed } from '../problems';

/** Server-sent events: `model`, `stats`, `lag`, `prediction`. */
export function streamRoutes(feed: LiveFeed): Router {
  const router = Router();
  router.get('/stream', (request, response) => feed.connect(request, response));
  router.all('/stream', methodNotAllowed('GET'));
  return router;
}
