import { StreamInferError } from '../../core/errors';
import { addToBins, createBins, readBins } from '../../core/confidence-bins';
import type { ComparedSide, Disagreement, RolloutRequest, RolloutState } from '../../core/model-version';
import type { BatchResult, PackedBatch } from '../../core/classification';
import type { OutcomeObserver } from '../../core/ports';
import type { Outcome, Prediction } from '../../core/prediction';
import { isInShare, type Canary, type Rollout, type RolloutMode, type Shadow } from '../../core/rollout';
import { ComparisonHistory, type SideTotals } from './comparison-history';
import { MAX_FAILED_BATCHES } from './probation';
import type { ModelRouter } from './router';
import type { StreamTrial } from './stream-trial';

/** Disagreements shown on the page. */
const LATEST = 20;

export interface RolloutOptions {
  readonly router: Pick<
    ModelRouter,
    'model' | 'shape' | 'parallelism' | 'candidate' | 'classifyWithCandidate' | 'classifyInShadow'
  >;
  /** Must be quick. */
  readonly onDisagreements: (disagreements: readonly Disagreement[]) => void;
  /** Compares time and drift of a canary; absent where nothing does. */
  readonly trial?: StreamTrial | undefined;
  /** Numbers of images of a shadow batch. */
  readonly onShadowed?: (counts: { agreed: number; disagreed: number; skipped: number }) => void;
}

interface Running {
  readonly mode: RolloutMode;
  readonly share: number;
  readonly since: string;
  readonly active: SideCounter;
  readonly candidate: SideCounter;
  readonly latest: Disagreement[];
  readonly history: ComparisonHistory;
  disagreed: number;
  skipped: number;
  failedBatches: number;
}

/** Splits the stream between the active model and a candidate, as canary or shadow, and compares their predictions. */
export class RolloutController implements Rollout, OutcomeObserver {
  /** Called once when the candidate has failed too often. */
  onFailed: ((reason: string) => void) | undefined;
  #running: Running | null = null;
  #canary: Canary | null = null;
  #shadow: Shadow | null = null;

  constructor(private readonly options: RolloutOptions) {}

  get canary(): Canary | null {
    return this.#canary;
  }

  get shadow(): Shadow | null {
    return this.#shadow;
  }

  /** Starts the rollout of the router's candidate. */
  begin(version: number, { mode, share }: Pick<RolloutRequest, 'mode' | 'share'>): void {
    const { router } = this.options;
    const classes = router.shape.labels.length;
    const running: Running = {
      mode,
      share: mode === 'canary' ? share : 1,
      since: new Date().toISOString(),
      active: new SideCounter(router.model.version, classes),
      candidate: new SideCounter(version, classes),
      latest: [],
      history: new ComparisonHistory(() => ({
        serving: running.active.totals(),
        beside: running.candidate.totals(),
        disagreed: running.disagreed,
      })),
      disagreed: 0,
      skipped: 0,
      failedBatches: 0,
    };
    this.#running = running;
    if (mode === 'canary') {
      this.#canary = this.#createCanary(share);
      this.options.trial?.begin(router.candidate ?? router.model, router.model);
    } else this.#shadow = { watch: (batch, outcomes) => this.#watch(batch, outcomes) };
  }

  end(): void {
    this.#running = this.#canary = this.#shadow = null;
    this.options.trial?.end();
  }

  state(): RolloutState | null {
    if (this.#running === null) return null;
    const { active, candidate, latest, history, ...counts } = this.#running;
    return {
      ...counts,
      version: candidate.version,
      serving: active.read(),
      beside: candidate.read(),
      latest: [...latest],
      history: history.slices(),
    };
  }

  /** Counts the outcomes of a canary; a shadow counts where it compares. */
  onOutcomes(outcomes: readonly Outcome[]): void {
    const running = this.#running;
    if (running?.mode !== 'canary') return;
    running.history.beforeCounting();
    for (const outcome of outcomes) {
      if (outcome.kind === 'dead letter') continue;
      const { model, label, confidence, truth } = outcome;
      const side = model.version === running.candidate.version ? running.candidate : running.active;
      if (model.version === side.version) side.add(label, confidence, truth);
    }
    const reason = this.#canary === null ? null : (this.options.trial?.onOutcomes(outcomes) ?? null);
    if (reason !== null) this.#fail(reason);
  }

  /** A batch failed in the candidate that the active model classified. */
  batchFailed(version: number, reason: string, fatal: boolean): void {
    const running = this.#running;
    if (running?.candidate.version !== version) return;
    running.failedBatches++;
    if (!fatal && running.failedBatches !== MAX_FAILED_BATCHES) return;
    this.#fail(`${running.failedBatches} batches failed as ${running.mode}: ${reason}`);
  }

  /** No further batch goes to the candidate while it is being removed. */
  #fail(reason: string): void {
    this.#canary = this.#shadow = null;
    this.options.trial?.end();
    this.onFailed?.(reason);
  }

  #createCanary(share: number): Canary {
    const { router } = this.options;
    return {
      classifier: {
        get model() {
          return router.candidate ?? router.model;
        },
        shape: router.shape,
        parallelism: router.parallelism,
        classify: (batch) => router.classifyWithCandidate(batch),
      },
      takes: (delivery) => isInShare(delivery, share),
    };
  }

  /** The stream does not wait: a shadow that is behind skips batches, which are counted. */
  #watch(batch: PackedBatch, outcomes: readonly Outcome[]): void {
    const running = this.#running;
    if (running === null) return;
    // Without columns the worker does not write predictions, which a shadow does not need.
    this.options.router.classifyInShadow({ ...batch, columns: undefined }).then(
      (result) => result && this.#compare(running, result, outcomes),
      (error: unknown) => this.#skipped(running, batch.size, error),
    );
  }

  #skipped(running: Running, images: number, error: unknown): void {
    running.skipped += images;
    this.options.onShadowed?.({ agreed: 0, disagreed: 0, skipped: images });
    const { code, message } = StreamInferError.from(error);
    if (this.#running !== running || code === 'OVERLOADED' || code === 'NOT_READY') return;
    this.batchFailed(running.candidate.version, message, code === 'POOL_BROKEN');
  }

  #compare(running: Running, result: BatchResult, outcomes: readonly Outcome[]): void {
    running.history.beforeCounting();
    const found: Disagreement[] = [];
    let agreed = 0;
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.kind === 'dead letter' || result.failures.has(i)) continue;
      const { label, confidence } = this.#predictionOf(result, i);
      running.active.add(outcome.label, outcome.confidence, outcome.truth);
      running.candidate.add(label, confidence, outcome.truth);
      if (label === outcome.label) agreed++;
      else found.push(this.#toDisagreement(outcome.prediction, label, confidence, result));
    }
    running.disagreed += found.length;
    running.latest.unshift(...found.slice(-LATEST).reverse());
    running.latest.length = Math.min(running.latest.length, LATEST);
    this.options.onShadowed?.({ agreed, disagreed: found.length, skipped: 0 });
    if (found.length > 0) this.options.onDisagreements(found);
  }

  #predictionOf({ probabilities }: BatchResult, image: number): { label: number; confidence: number } {
    const classes = this.options.router.shape.labels.length;
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
    const { labels } = this.options.router.shape;
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

/** Counts the predictions of one of the two models. */
class SideCounter {
  #images = 0;
  #judged = 0;
  #correct = 0;
  #confidence = 0;
  readonly #byClass: number[];
  readonly #bins = createBins();

  constructor(
    readonly version: number,
    classes: number,
  ) {
    this.#byClass = new Array<number>(classes).fill(0);
  }

  /** @param truth undefined if the message has no label */
  add(label: number, confidence: number, truth: number | undefined): void {
    this.#images++;
    this.#confidence += confidence;
    this.#byClass[label] = (this.#byClass[label] ?? 0) + 1;
    const judged = truth === undefined ? 0 : 1;
    const correct = truth === label ? 1 : 0;
    addToBins(this.#bins, confidence, 1, judged, correct);
    this.#judged += judged;
    this.#correct += correct;
  }

  totals(): SideTotals {
    return {
      images: this.#images,
      judged: this.#judged,
      correct: this.#correct,
      confidence: this.#confidence,
    };
  }

  read(): ComparedSide {
    return {
      version: this.version,
      images: this.#images,
      judged: this.#judged,
      correct: this.#correct,
      meanConfidence: this.#images === 0 ? null : this.#confidence / this.#images,
      byClass: [...this.#byClass],
      confidence: readBins(this.#bins),
    };
  }
}
