import compression from 'compression';
import express, { Router, type Express } from 'express';
import type { Log } from '../core/ports';
import { limitBody } from './body-limit';
import type { LiveFeed } from './live-feed';
import { errorsAsMessages, problemHandler, requestId, unknownModel, unknownRoute } from './problems';
import { alertPageRoutes, alertRoutes } from './routes/alerts';
import { classifyRoutes } from './routes/classify';
import { configRoutes } from './routes/config';
import { deadLetterRoutes } from './routes/dead-letters';
import { eventRoutes } from './routes/events';
import { explainRoutes } from './routes/explain';
import { exportRoutes } from './routes/export';
import { healthRoutes } from './routes/health';
import { imageRoutes } from './routes/images';
import { labelRoutes } from './routes/labels';
import { retrainingRoutes } from './routes/retraining';
import { modelRepositoryRoutes } from './routes/model-repository';
import { modelRoutes } from './routes/models';
import { metricsRoutes } from './routes/metrics';
import { openInferenceHealthRoutes, openInferenceRoutes } from './routes/open-inference';
import { openApiRoutes } from './routes/openapi';
import { pageRoutes } from './routes/page';
import { predictionRoutes } from './routes/predictions';
import { publishRoutes } from './routes/publish';
import { pubsubPushRoutes } from './routes/pubsub-push';
import { pushToConsumerRoutes } from './routes/push-to-consumer';
import { qualityRoutes } from './routes/quality';
import { requestRoutes } from './routes/requests';
import { rolloutRoutes } from './routes/rollout';
import { scaleRoutes } from './routes/scale';
import { statsRoutes } from './routes/stats';
import { steeringRoutes } from './routes/steering';
import { streamRoutes } from './routes/stream';
import { tensorFlowServingRoutes } from './routes/tensorflow-serving';
import { checkHost, checkOrigin, requireToken, securityHeaders } from './security';
import { limitRequests } from './request-limit';
import type { HttpServices } from './services';

/** Smaller answers are not compressed, bytes: under full load, compression would delay other callers. */
const COMPRESS_FROM = 64 * 1024;

export interface AppOptions {
  /** The address that the server listens on. */
  readonly host: string;
  readonly token?: string;
  readonly allowedHosts?: readonly string[];
  readonly services: HttpServices;
  readonly feed: LiveFeed;
  readonly log: Log;
}

/** The order in which a request passes middleware and routes. */
export function createApp(options: AppOptions): Express {
  const { services, feed, token, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');

  app.use(requestId());
  app.use(PROTOCOL_PATHS, errorsAsMessages());
  app.use(securityHeaders());
  app.use(checkHost(options));
  app.use(checkOrigin());
  app.use(limitBody());

  app.use(healthRoutes(services));
  app.use(openInferenceHealthRoutes(services));
  app.use('/api/v1', requireToken(token), streamRoutes(feed));

  app.use(pubsubPushRoutes(services, token));

  // After the probes, which are always answered, and routes with limits of their own.
  app.use(limitRequests());
  // After the live feed: compression would buffer its events.
  app.use(compression({ threshold: COMPRESS_FROM }));
  app.use('/metrics', requireToken(token), noStore());
  app.use(metricsRoutes(services));
  app.use('/api/v1', requireToken(token), noStore(), apiRoutes(services));
  app.use(PROTOCOL_PATHS, requireToken(token), noStore());
  app.use(openInferenceRoutes(services));
  app.use(modelRepositoryRoutes(services));
  app.use(tensorFlowServingRoutes(services));
  app.use(BROKER_PATHS, requireToken(token));
  app.use(pushToConsumerRoutes(services));
  app.use(openApiRoutes(app.router, services.version));
  app.use(alertPageRoutes());
  app.use(pageRoutes(token));

  app.use('/api/v1/models', unknownModel(services.served));
  app.use(unknownRoute());
  app.use(problemHandler(log));
  return app;
}

const PROTOCOL_PATHS = ['/v1', '/v2'];
const BROKER_PATHS = ['/memory', '/kafka', '/pubsub'];

function apiRoutes(services: HttpServices): Router {
  const router = Router();
  router.use(predictionRoutes(services));
  router.use(imageRoutes(services));
  router.use(exportRoutes(services));
  router.use(statsRoutes(services));
  router.use(scaleRoutes(services));
  router.use(qualityRoutes(services));
  router.use(configRoutes(services));
  router.use(modelRoutes(services));
  router.use(rolloutRoutes(services));
  router.use(classifyRoutes(services));
  router.use(explainRoutes(services));
  router.use(requestRoutes(services));
  router.use(steeringRoutes(services));
  router.use(labelRoutes(services));
  router.use(retrainingRoutes(services));
  router.use(publishRoutes(services));
  router.use(deadLetterRoutes(services));
  router.use(eventRoutes(services));
  router.use(alertRoutes(services));
  return router;
}

function noStore(): express.RequestHandler {
  return (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  };
}
