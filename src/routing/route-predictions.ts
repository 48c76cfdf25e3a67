import type { PredictionOutcome } from '../core/prediction';
import type { RoutePrediction } from '../core/route';
import type { ResolvedRoute } from './resolve-routes';

/** Remembered combinations of routes; in practice a handful. */
const MOST_COMBINATIONS = 10_000;

/** @param unmatched topics of a prediction that matches no route */
export function routeToFirst(
  routes: readonly ResolvedRoute[],
  unmatched: readonly string[],
): RoutePrediction {
  const topics = routes.map(({ topic }) => [topic]);
  return (prediction) => {
    for (let at = 0; at < routes.length; at++)
      if (matches(routes[at] as ResolvedRoute, prediction)) return topics[at] as readonly string[];
    return unmatched;
  };
}

/** Two routes to one topic publish a prediction once. */
export function routeToAll(routes: readonly ResolvedRoute[], unmatched: readonly string[]): RoutePrediction {
  /** By the bits of the matching routes, so that no list is made for each prediction. */
  const combinations = new Map<number, readonly string[]>([[0, unmatched]]);
  return (prediction) => {
    let bits = 0;
    for (let at = 0; at < routes.length; at++)
      if (matches(routes[at] as ResolvedRoute, prediction)) bits |= 1 << at;
    const known = combinations.get(bits);
    if (known !== undefined) return known;
    const topics = routes.filter((_, at) => (bits & (1 << at)) !== 0).map(({ topic }) => topic);
    const distinct = [...new Set(topics)];
    if (combinations.size < MOST_COMBINATIONS) combinations.set(bits, distinct);
    return distinct;
  };
}

function matches({ conditions }: ResolvedRoute, prediction: PredictionOutcome): boolean {
  for (const holds of conditions) if (!holds(prediction)) return false;
  return true;
}
