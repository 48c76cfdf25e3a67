import type { Config } from '../config/schema';
import { resolveRules } from '../core/resolve-rules';
import type { RoutePrediction } from '../core/route';
import type { InferencePool } from '../inference/pool';
import { resolveRoutes } from './resolve-routes';
import { routeToAll, routeToFirst } from './route-predictions';

/**
 * The routes of the configuration for this model; undefined if all predictions go to the predictions topic. Throws
 * CONFIG_INVALID.
 */
export function createRoute(
  { output, alerts, models }: Pick<Config, 'output' | 'alerts' | 'models'>,
  pool: Pick<InferencePool, 'shape' | 'description' | 'model'>,
): RoutePrediction | undefined {
  const { routes, match } = output;
  if (routes.length === 0 || match === 'none') return undefined;
  const { labels } = pool.shape;
  const resolved = resolveRoutes(routes, {
    labels,
    model: pool.model,
    changes: models.control !== 'none',
    rules: resolveRules(alerts, labels, pool.description.output.objects),
  });
  const unmatched = output.unmatched === 'topic' ? [output.topic] : [];
  return (match === 'first' ? routeToFirst : routeToAll)(resolved, unmatched);
}
