import { StreamInferError } from '../../core/errors';
import type { Disagreement, RolloutRequest, RolloutState } from '../../core/model-version';
import type { BatchResult, OutcomeObserver, PackedBatch } from '../../core/ports';
import type { Outcome, Prediction } from '../../core/prediction';
import { isInShare, type Canary, type Rollout, type RolloutMode, type Shadow } from '../../core/rollout';
import type { ModelSlot } from './model-slot';
import { SideCounter } from './compared-side';

/** Disagreements that the page is shown. */
const LATEST = 20;
/** Batches that the model beside may fail at and the one that serves not. */
const MAX_FAILED_BATCHES = 3;

export interface RolloutDeskOptions {
  readonly slot: Pick<
    ModelSlot,
    'model' | 'shape' | 'parallelism' | 'beside' | 'classifyBeside' | 'classifyInShadow'
  >;
  /** Must be quick. */
  readonly onDisagreements: (disagreements: readonly Disagreement[]) => void;
  /** The other version failed too often. */
  readonly onFailed: (reason: string) => void;
  /** What the shadow saw of a batch, in images. */
  readonly onShadowed?: (counts: { agreed: number; disagreed: number; skipped: number }) => void;
}

interface Running {
  readonly mode: RolloutMode;
  readonly share: number;
  readonly since: string;
  readonly serving: SideCounter;
  readonly beside: SideCounter;
  readonly latest: Disagreement[];
  disagreed: number;
  skipped: number;
  failedBatches: number;
}

/** Shares the stream between the model that serves and the one beside it, and compares what they say. */
export class RolloutDesk implements Rollout, OutcomeObserver {
  #running: Running | null = null;
  #canary: Canary | null = null;
  #shadow: Shadow | null = null;

  constructor(private readonly options: RolloutDeskOptions) {}

  get canary(): Canary | null {
    return this.#canary;
  }

  get shadow(): Shadow | null {
    return this.#shadow;
  }

  /** The model is beside already. */
  begin(version: number, { mode, share }: Pick<RolloutRequest, 'mode' | 'share'>): void {
    const { slot } = this.options;
    const classes = slot.shape.labels.length;
    this.#running = {
      mode,
      share: mode === 'canary' ? share : 1,
      since: new Date().toISOString(),
      serving: new SideCounter(slot.model.version, classes),
      beside: new SideCounter(version, classes),
      latest: [],
      disagreed: 0,
      skipped: 0,
      failedBatches: 0,
    };
    if (mode === 'canary') this.#canary = this.#createCanary(share);
    else this.#shadow = { watch: (batch, outcomes) => this.#watch(batch, outcomes) };
  }

  end(): void {
    this.#running = this.#canary = this.#shadow = null;
  }

  state(): RolloutState | null {
    if (this.#running === null) return null;
    const { serving, beside, latest, ...counts } = this.#running;
    return {
      ...counts,
      version: beside.version,
      serving: serving.read(),
      beside: beside.read(),
      latest: [...latest],
    };
  }

  /** Counts those of a canary; what a shadow is compared with, is counted there. */
  onOutcomes(outcomes: readonly Outcome[]): void {
    const running = this.#running;
    if (running?.mode !== 'canary') return;
    for (const outcome of outcomes) {
      if (outcome.kind === 'dead letter') continue;
      const { model, label, confidence, truth } = outcome;
      const side = model.version === running.beside.version ? running.beside : running.serving;
      if (model.version === side.version) side.add(label, confidence, truth);
    }
  }

  /** The model beside failed at a batch that the one that serves had no trouble with. */
  batchFailed(version: number, reason: string, fatal: boolean): void {
    const running = this.#running;
    if (running?.beside.version !== version) return;
    running.failedBatches++;
    if (!fatal && running.failedBatches !== MAX_FAILED_BATCHES) return;
    // What comes meanwhile is no business of its any more.
    this.#canary = this.#shadow = null;
    this.options.onFailed(`It failed at ${running.failedBatches} batches as ${running.mode}: ${reason}`);
  }

  #createCanary(share: number): Canary {
    const { slot } = this.options;
    return {
      classifier: {
        get model() {
          return slot.beside ?? slot.model;
        },
        shape: slot.shape,
        parallelism: slot.parallelism,
        classify: (batch) => slot.classifyBeside(batch),
      },
      takes: (delivery) => isInShare(delivery, share),
    };
  }

  /** The stream does not wait for it: a shadow that is behind misses batches, which are counted. */
  #watch(batch: PackedBatch, outcomes: readonly Outcome[]): void {
    const running = this.#running;
    if (running === null) return;
    // Its opinion is wanted, not its predictions.
    this.options.slot.classifyInShadow({ ...batch, columns: undefined }).then(
      (result) => result && this.#compare(running, result, outcomes),
      (error: unknown) => this.#missed(running, batch.size, error),
    );
  }

  #missed(running: Running, images: number, error: unknown): void {
    running.skipped += images;
    this.options.onShadowed?.({ agreed: 0, disagreed: 0, skipped: images });
    const { code, message } = StreamInferError.from(error);
    if (this.#running !== running || code === 'OVERLOADED' || code === 'NOT_READY') return;
    this.batchFailed(running.beside.version, message, code === 'RUNTIME_UNAVAILABLE');
  }

  #compare(running: Running, result: BatchResult, outcomes: readonly Outcome[]): void {
    const found: Disagreement[] = [];
    let agreed = 0;
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.kind === 'dead letter' || result.failures.has(i)) continue;
      const { label, confidence } = this.#opinion(result, i);
      running.serving.add(outcome.label, outcome.confidence, outcome.truth);
      running.beside.add(label, confidence, outcome.truth);
      if (label === outcome.label) agreed++;
      else found.push(this.#toDisagreement(outcome.prediction, label, confidence, result));
    }
    running.disagreed += found.length;
    running.latest.unshift(...found.slice(-LATEST).reverse());
    running.latest.length = Math.min(running.latest.length, LATEST);
    this.options.onShadowed?.({ agreed, disagreed: found.length, skipped: 0 });
    if (found.length > 0) this.options.onDisagreements(found);
  }

  #opinion({ probabilities }: BatchResult, image: number): { label: number; confidence: number } {
    const classes = this.options.slot.shape.labels.length;
    const start = image * classes;
    let label = 0;
    for (let i = 1; i < classes; i++)
      if (probabilities[start + i]! > probabilities[start + label]!) label = i;
    return { label, confidence: Math.round(probabilities[start + label]! * 1e6) / 1e6 };
  }

  #toDisagreement(
    prediction: Prediction,
    label: number,
    confidence: number,
    result: BatchResult,
  ): Disagreement {
    const { labels } = this.options.slot.shape;
    const { id, source, truth, model } = prediction;
    return {
      schemaVersion: 1,
      id,
      source,
      ...(truth !== undefined && { truth }),
      serving: {
        model,
        label: prediction.label,
        className: prediction.className,
        confidence: prediction.confidence,
      },
      shadow: { model: result.model ?? model, label, className: labels[label] ?? '', confidence },
      at: new Date().toISOString(),
    };
  }
}
