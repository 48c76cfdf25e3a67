import type { OutcomeObserver } from '../core/ports';
import type { Picture } from '../core/picture';
import type { Outcome, PredictionOutcome } from '../core/prediction';
import { ClassNames } from './class-names';
import { Counts } from './counts';
import { PredictionSlabs } from './prediction-slabs';
import { RateWindow } from './rate-window';
import { Timings } from './timings';
import { toConfusion, toHistory, toMatrix } from './class-quality';
import { Tally, TRUTH_UNKNOWN } from './tally';
import type {
  Confusion,
  Minute,
  PredictionConditions,
  PredictionFilter,
  PredictionTotal,
  Stats,
  StoredPrediction,
} from './view';

export const DEFAULT_CAPACITY = 5000;

export interface MemoryResultsOptions {
  /** Number of latest predictions to keep, 2 KB each. */
  readonly capacity: number;
  /** Names of the classes; Fashion-MNIST's if absent. */
  readonly names?: ClassNames;
  /** ms of a monotonic clock; set by tests. */
  readonly now?: () => number;
}

/** Number of minutes to keep. */
const MINUTES_KEPT = 24 * 60;

/** The view of results in memory, without promises. */
export interface MemoryResults extends OutcomeObserver {
  list(filter: PredictionFilter): readonly StoredPrediction[];
  total(conditions: PredictionConditions): PredictionTotal;
  get(id: string): StoredPrediction | undefined;
  image(id: string): Picture | undefined;
  confusion(): Confusion;
  matrix(): Confusion['matrix'];
  history(minutes: number): readonly Minute[];
  stats(): Stats;
}

/**
 * The latest predictions and the totals since the start, in memory. `onOutcomes` is on the hot path, so it only stores
 * and counts; readers sort, merge and format.
 */
export function createMemoryResults(options: MemoryResultsOptions): MemoryResults {
  const now = options.now ?? (() => performance.now());
  const startedAt = now();
  const slabs = new PredictionSlabs(options.capacity);
  const names = options.names ?? new ClassNames();
  const counts = new Counts();
  const tally = new Tally();
  const rate = new RateWindow(startedAt);
  const timings = new Timings(startedAt);

  return {
    onOutcomes(outcomes: readonly Outcome[], publishMs: number): void {
      const predictions: PredictionOutcome[] = [];
      const at = Date.now();
      for (const outcome of outcomes) {
        if (outcome.kind === 'dead letter') {
          counts.addRejection(outcome.rejection);
          tally.addDeadLetter(at);
          continue;
        }
        counts.addPrediction(outcome);
        tally.addPrediction(outcome.label, outcome.truth ?? TRUTH_UNKNOWN, outcome.confidence, at);
        predictions.push(outcome);
      }
      slabs.add(predictions);
      rate.add(predictions.length, now());
      timings.add(predictions, publishMs, now());
    },
    list: (filter) => slabs.list(filter),
    total: (conditions) => slabs.total(conditions),
    get: (id) => slabs.get(id),
    image: (id) => slabs.image(id),
    confusion: () => toConfusion(tally.data(), names.list),
    matrix: () => toMatrix(tally.data(), names.list),
    history: (minutes) => {
      tally.keepMinutes(MINUTES_KEPT);
      return toHistory((at) => tally.minute(at), minutes, Date.now());
    },
    stats: () => ({
      predictions: counts.predictions,
      deadLetters: counts.deadLetters,
      rejections: counts.rejections(),
      classes: counts.classes(names),
      judged: counts.judged,
      correct: counts.correct,
      rate: rate.rates(now()),
      latency: timings.latency(now()),
      meanBatchSize: timings.meanBatchSize(),
      uptimeSeconds: (now() - startedAt) / 1000,
    }),
  };
}
