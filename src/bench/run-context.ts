import type { Load } from './load';
import type { PredictionFeed } from './prediction-feed';
import type { SystemUnderTest } from './system-under-test';

/** The dependencies of one part of a trial. */
export interface RunContext {
  readonly system: SystemUnderTest;
  readonly load: Load;
  readonly feed: PredictionFeed;
  readonly signal: AbortSignal;
  readonly progress: BenchProgress;
}

/** Receives the progress of a bench. */
export interface BenchProgress {
  /** Starts a new step. */
  step(text: string): void;
  /** Reports the progress of the current step. */
  update(done: number, total: number): void;
}
