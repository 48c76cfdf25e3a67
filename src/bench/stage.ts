import type { Load } from './load';
import type { PredictionFeed } from './prediction-feed';
import type { BenchProgress } from './progress';
import type { Subject } from './subject';

/** What a part of a trial works with. */
export interface Stage {
  readonly subject: Subject;
  readonly load: Load;
  readonly feed: PredictionFeed;
  readonly signal: AbortSignal;
  readonly progress: BenchProgress;
}
