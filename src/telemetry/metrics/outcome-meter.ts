import { Counter, type Registry } from 'prom-client';
import type { OutcomeObserver } from '../../core/ports';
import type { Outcome, PredictionOutcome } from '../../core/prediction';
import { PREFIX } from './prefix';
import { WeightedHistogram } from './weighted-histogram';

/** From a tenth of a millisecond to half a minute, s. */
const SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
/** A message may have waited in its topic for a long time, s. */
const AGES = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200,
];
/** Classes with a series of their own; further ones are counted together. */
const MOST_CLASSES = 50;
/** Confidences: models are sure of most images, so the upper end is finer. */
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/**
 * Counts durable outcomes. Called once for each batch; for single images it only adds to histograms. A message that
 * was refused at admission has no times.
 */
export class OutcomeMeter implements OutcomeObserver {
  readonly #inference = histogram(
    'inference_duration_seconds',
    'Decoding and inference of a batch.',
    SECONDS,
  );
  readonly #decode = histogram(
    'decode_duration_seconds',
    'Decoding of a batch in its worker; 0 for raw pixels. Part of the time of inference.',
    SECONDS,
  );
  readonly #queue = histogram(
    'queue_duration_seconds',
    'From receiving a message to sending it to a worker.',
    SECONDS,
  );
  readonly #publish = histogram(
    'publish_duration_seconds',
    'Publishing a batch until the broker confirms it.',
    SECONDS,
  );
  readonly #endToEnd = histogram(
    'end_to_end_latency_seconds',
    "From a message's timestamp to the confirmation of its prediction.",
    AGES,
  );
  readonly #batchSize = histogram('batch_size', 'Images in a batch.', SIZES);
  readonly #confidence = histogram('prediction_confidence', 'Confidence of each prediction, 0 to 1.', SHARES);
  readonly #predictions = counter(
    'predictions_total',
    'Predictions confirmed by the broker. The class is "other" beyond the first 50 classes of a larger model.',
    ['class', 'model_version'],
  );
  readonly #latency = counter(
    'prediction_latency_seconds_total',
    "Sum over the predictions of the time from the message's timestamp to confirmation. Its rate by the rate of predictions_total is the mean latency of a class.",
    ['class', 'model_version'],
  );
  readonly #failed = counter('messages_failed_total', 'Messages that could not be classified.', [
    'stage',
    'code',
  ]);
  readonly #letters = counter('dlq_total', 'Dead letters confirmed by the broker.', ['code']);
  /** By label, of the current call. */
  readonly #byClass: number[] = [];
  /** By label, of the current call, s. */
  readonly #secondsByClass: number[] = [];
  /** Labels with a series of their own. */
  readonly #shown = new Set<number>();
  #outcomes = 0;

  /** @param labels of the active model */
  constructor(
    registry: Registry,
    private readonly labels: () => readonly string[],
  ) {
    const times = [this.#inference, this.#decode, this.#queue, this.#publish, this.#endToEnd];
    for (const own of [...times, this.#batchSize, this.#confidence]) registry.registerMetric(own.toMetric());
    for (const own of [this.#predictions, this.#latency]) registry.registerMetric(own);
    registry.registerMetric(this.#failed);
    registry.registerMetric(this.#letters);
  }

  /** Outcomes since the start. */
  get outcomes(): number {
    return this.#outcomes;
  }

  onOutcomes(outcomes: readonly Outcome[], publishMs: number): void {
    this.#outcomes += outcomes.length;
    const now = Date.now();
    let of: PredictionOutcome | undefined;
    for (const outcome of outcomes) {
      if (outcome.kind === 'dead letter') this.#countLetter(outcome.rejection.stage, outcome.rejection.code);
      else {
        // Results that were in memory say nothing about the batch of the others.
        if (of === undefined || outcome.inferenceMs > 0) of = outcome;
        this.#countPrediction(outcome, now);
      }
    }
    this.#publish.observe(publishMs / 1000);
    if (of) this.#countBatch(of);
  }

  #countPrediction({ label, confidence, queueMs, delivery }: PredictionOutcome, now: number): void {
    // The producer's clock may be ahead of this one.
    const seconds = Math.max(0, now - delivery.timestamp) / 1000;
    this.#byClass[label] = (this.#byClass[label] ?? 0) + 1;
    this.#secondsByClass[label] = (this.#secondsByClass[label] ?? 0) + seconds;
    this.#confidence.observe(confidence);
    this.#queue.observe(queueMs / 1000);
    this.#endToEnd.observe(seconds);
  }

  #countLetter(stage: string, code: string): void {
    this.#failed.inc({ stage, code });
    this.#letters.inc({ code });
  }

  /** All predictions of one call come from one batch. */
  #countBatch({ model, inferenceMs, decodeMs, batchSize }: PredictionOutcome): void {
    if (inferenceMs > 0) {
      this.#inference.observe(inferenceMs / 1000);
      if (decodeMs !== undefined) this.#decode.observe(decodeMs / 1000);
      this.#batchSize.observe(batchSize);
    }
    const names = this.labels();
    this.#byClass.forEach((count, label) => {
      if (count === 0) return;
      const series = { class: this.#seriesOf(label, names), model_version: model.version };
      this.#predictions.inc(series, count);
      this.#latency.inc(series, this.#secondsByClass[label]);
    });
    this.#byClass.fill(0);
    this.#secondsByClass.fill(0);
  }

  /** The first classes that occur have their own series: a counter cannot change its series later. */
  #seriesOf(label: number, names: readonly string[]): string {
    if (!this.#shown.has(label) && this.#shown.size >= MOST_CLASSES && names.length > MOST_CLASSES)
      return 'other';
    this.#shown.add(label);
    return names[label] ?? `class ${label}`;
  }
}

function histogram(name: string, help: string, buckets: readonly number[]): WeightedHistogram {
  return new WeightedHistogram({ name: PREFIX + name, help, buckets });
}

function counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
  return new Counter({ name: PREFIX + name, help, labelNames, registers: [] });
}
