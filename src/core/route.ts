import type { PredictionOutcome } from './prediction';
import type { ClassReference } from './rule';

/** Routes that a prediction takes: the first that matches, all that match, or none, as if there were no routes. */
export const ROUTE_MATCHES = ['first', 'all', 'none'] as const;

/** Where predictions go that match no route: to the predictions topic, or nowhere. */
export const UNMATCHED_MODES = ['topic', 'none'] as const;

/** Order of the published predictions: as they are ready, or by key as their images arrived. */
export const ORDER_MODES = ['none', 'key'] as const;

/** A topic for the predictions that meet all given conditions. */
export interface Route {
  readonly topic: string;
  readonly classes?: readonly ClassReference[] | undefined;
  readonly minConfidence?: number | undefined;
  readonly maxConfidence?: number | undefined;
  /** Only predictions with a known truth are correct or wrong. */
  readonly correct?: boolean | undefined;
  /** `name` or `name@version`. */
  readonly model?: string | undefined;
  /** Name of a rule of `alerts`. */
  readonly rule?: string | undefined;
}

/** The topics of a prediction. Always the same for the same prediction, so that a redelivery is routed alike. */
export type RoutePrediction = (prediction: PredictionOutcome) => readonly string[];
