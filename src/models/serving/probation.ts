import { percent } from '../../core/percent';
import type { OutcomeObserver } from '../../core/ports';
import type { ModelIdentity, Outcome } from '../../core/prediction';
import type { StreamTrial } from './stream-trial';

/** Failed batches, each of which succeeded in the other model, after which a probation or a rollout fails. */
export const MAX_FAILED_BATCHES = 3;
/** Predictions with a known truth, of either model, before their error rates are compared. */
const MIN_JUDGED = 200;
/** Standard errors on top of the allowed drop: chance alone exceeds this once in a thousand times. */
const STANDARD_ERRORS = 3;
/** Above this number, older predictions are weighted down. */
const MEMORY = 20_000;

interface ErrorRate {
  readonly version: number;
  judged: number;
  wrong: number;
}

/**
 * Watches a newly activated model: failed batches, and wrong predictions where the message has the truth, against the
 * previous model. With a trial also its time and drift. Reports a failure once.
 */
export class Probation implements OutcomeObserver {
  readonly #rates = new Map<number, ErrorRate>();
  /** null without a model on probation. */
  #versions: { readonly active: number; readonly previous: number } | null = null;
  #failedBatches = 0;

  constructor(
    private readonly maxDrop: number,
    private readonly onFailed: (reason: string) => void,
    private readonly trial?: StreamTrial,
  ) {}

  begin(active: ModelIdentity, previous: ModelIdentity): void {
    const earlier = this.#rates.get(previous.version);
    this.#rates.clear();
    if (earlier) this.#rates.set(previous.version, earlier);
    this.#versions = { active: active.version, previous: previous.version };
    this.#failedBatches = 0;
    this.trial?.begin(active, previous);
  }

  end(): void {
    this.trial?.end();
    this.#versions = null;
  }

  /** @param fatal no worker is left */
  batchFailed(version: number, reason: string, fatal: boolean): void {
    if (this.#versions?.active !== version) return;
    this.#failedBatches++;
    if (!fatal && this.#failedBatches < MAX_FAILED_BATCHES) return;
    const { previous } = this.#versions;
    this.#fail(`${this.#failedBatches} batches failed that version ${previous} classified: ${reason}`);
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    let rate: ErrorRate | undefined;
    for (const outcome of outcomes) {
      if (outcome.kind === 'dead letter' || outcome.truth === undefined) continue;
      const { model, label, truth } = outcome;
      if (rate?.version !== model.version) rate = this.#rateOf(model.version);
      rate.judged++;
      if (label !== truth) rate.wrong++;
    }
    const reason = this.trial?.onOutcomes(outcomes) ?? null;
    if (reason !== null) this.#fail(reason);
    else if (rate !== undefined) this.#compare();
  }

  #rateOf(version: number): ErrorRate {
    const known = this.#rates.get(version);
    if (known === undefined) {
      const rate = { version, judged: 0, wrong: 0 };
      this.#rates.set(version, rate);
      return rate;
    }
    if (known.judged > MEMORY) {
      known.judged /= 2;
      known.wrong /= 2;
    }
    return known;
  }

  #compare(): void {
    if (this.#versions === null) return;
    const active = this.#rates.get(this.#versions.active);
    const previous = this.#rates.get(this.#versions.previous);
    if (!active || !previous || active.judged < MIN_JUDGED || previous.judged < MIN_JUDGED) return;
    const [share, previousShare] = [active.wrong / active.judged, previous.wrong / previous.judged];
    if (share - previousShare <= this.maxDrop + STANDARD_ERRORS * standardError(active, previous)) return;
    this.#fail(
      `${percent(share, 1)} of its predictions with a known truth were wrong, against ${percent(previousShare, 1)} of ` +
        `version ${previous.version}.`,
    );
  }

  #fail(reason: string): void {
    this.end();
    this.onFailed(reason);
  }
}

/** Of the difference of two shares, with the pooled share of both. */
function standardError(one: ErrorRate, other: ErrorRate): number {
  const pooled = (one.wrong + other.wrong) / (one.judged + other.judged);
  return Math.sqrt(pooled * (1 - pooled) * (1 / one.judged + 1 / other.judged));
}
