import type { MeasuredDrift } from '../../core/event';
import type { ModelIdentity, Outcome, PredictionOutcome } from '../../core/prediction';
import { BatchTimes } from './batch-times';

/** Largest tolerated differences between a version on trial and the other one. */
export interface TrialLimits {
  /** Factor in time per image, at equal batch sizes. */
  readonly maxTrialSlowdown: number;
  /** Difference of the drift index of classes or confidence, each against the version's own baseline. */
  readonly maxTrialDrift: number;
}

/** Drift of a version from its baseline. */
export interface VersionDrift {
  /** null without a baseline: then nothing is measured. */
  readonly baseline: object | null;
  /** The latest full block of predictions. */
  readonly latest: { readonly measures: readonly MeasuredDrift[] } | null;
}

/** Batches and time of a window. One slow window may be due to other load on the machine, two in a row are not. */
const WINDOW = { batches: 50, ms: 5_000 };
const SLOW_WINDOWS = 2;
/** Brightness and contrast are properties of the images, whatever the model. */
const OF_THE_MODEL: readonly string[] = ['classes', 'confidence'];

/**
 * Compares a version on trial with the other one on the stream: time per image at equal batch sizes, and drift from
 * their baselines. Without a trial it only notes the time of each batch.
 */
export class StreamTrial {
  /** By version. */
  readonly #times = new Map<number, BatchTimes>();
  #running: Running | null = null;

  /** @param driftOf absent where drift is not measured */
  constructor(
    private readonly limits: TrialLimits,
    private readonly driftOf?: (model: ModelIdentity) => VersionDrift,
  ) {}

  begin(tried: ModelIdentity, other: ModelIdentity, now = performance.now()): void {
    const earlier = this.#times.get(other.version);
    this.#times.clear();
    if (earlier !== undefined) this.#times.set(other.version, earlier);
    const block = this.driftOf?.(tried).latest ?? null;
    this.#running = { tried, other, window: new BatchTimes(), since: now, slowWindows: 0, block };
  }

  end(): void {
    this.#running = null;
  }

  /** The reason if the version on trial fails now, as a sentence; null otherwise. */
  onOutcomes(outcomes: readonly Outcome[], now = performance.now()): string | null {
    const running = this.#running;
    if (running === null) {
      const one = outcomes.find(isMeasured);
      if (one !== undefined) this.#timesOf(one.model.version).add(one.batchSize, one.inferenceMs);
      return null;
    }
    this.#noteBatches(outcomes, running);
    return this.#slowness(running, now) ?? this.#drift(running);
  }

  /** A canary's predictions are mixed with those of the other version. */
  #noteBatches(outcomes: readonly Outcome[], { tried, window }: Running): void {
    const noted = new Set<number>();
    for (const outcome of outcomes) {
      if (!isMeasured(outcome) || noted.has(outcome.model.version)) continue;
      const { version } = outcome.model;
      noted.add(version);
      const times = version === tried.version ? window : this.#timesOf(version);
      times.add(outcome.batchSize, outcome.inferenceMs);
    }
  }

  #slowness(running: Running, now: number): string | null {
    const { window, since, other } = running;
    if (window.batches < WINDOW.batches || now - since < WINDOW.ms) return null;
    const found = window.compare(this.#timesOf(other.version));
    running.window = new BatchTimes();
    running.since = now;
    const { maxTrialSlowdown } = this.limits;
    const isSlow = found !== null && found.own > found.other * maxTrialSlowdown;
    running.slowWindows = isSlow ? running.slowWindows + 1 : 0;
    if (found === null || running.slowWindows < SLOW_WINDOWS) return null;
    return (
      `It took ${milliseconds(found.own)} per image, against ${milliseconds(found.other)} of version ${other.version} ` +
      `in batches of the same size (models.maxTrialSlowdown: ${maxTrialSlowdown}).`
    );
  }

  /** Both versions need a baseline: drift of the input itself shows in both. */
  #drift(running: Running): string | null {
    const { tried, other } = running;
    const latest = this.driftOf?.(tried).latest ?? null;
    if (latest === null || latest === running.block) return null;
    running.block = latest;
    const before = this.driftOf?.(other).latest?.measures ?? [];
    for (const { measure, index, limit } of latest.measures) {
      const earlier = before.find((one) => one.measure === measure)?.index;
      if (earlier === undefined || !OF_THE_MODEL.includes(measure)) continue;
      if (index <= limit || index - earlier <= this.limits.maxTrialDrift) continue;
      return (
        `Its ${measure} drifted from its baseline: index ${index.toFixed(2)}, against ${earlier.toFixed(2)} of ` +
        `version ${other.version} (models.maxTrialDrift: ${this.limits.maxTrialDrift}).`
      );
    }
    return null;
  }

  #timesOf(version: number): BatchTimes {
    let times = this.#times.get(version);
    if (times === undefined) this.#times.set(version, (times = new BatchTimes()));
    return times;
  }
}

interface Running {
  readonly tried: ModelIdentity;
  readonly other: ModelIdentity;
  window: BatchTimes;
  since: number;
  slowWindows: number;
  /** The last block whose drift was checked. */
  block: VersionDrift['latest'];
}

/** A result that was in memory took no inference. */
function isMeasured(outcome: Outcome): outcome is PredictionOutcome {
  return outcome.kind === 'prediction' && outcome.inferenceMs > 0;
}

function milliseconds(ms: number): string {
  return `${ms < 1 ? ms.toFixed(3) : ms.toFixed(1)} ms`;
}
