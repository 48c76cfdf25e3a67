import type { OutcomeObserver } from '../../core/ports';
import type { ModelIdentity, Outcome } from '../../core/prediction';

/** Batches that a model on trial may fail at and the one before not. */
const MAX_FAILED_BATCHES = 3;
/** Predictions whose truth is known, of either model, before their shares are compared. */
const MIN_JUDGED = 200;
/** Standard errors by which the share has to be worse besides: chance alone does that once in a thousand times. */
const STANDARD_ERRORS = 3;
/** From here on older predictions count less and less. */
const MEMORY = 20_000;

interface Tally {
  readonly version: number;
  judged: number;
  wrong: number;
}

/**
 * Watches a model on trial: batches that it fails at, and wrong predictions where the message said the truth, beside those
 * of the model before. Calls back once when it is worse.
 */
export class Trial implements OutcomeObserver {
  readonly #tallies = new Map<number, Tally>();
  /** null while nothing is on trial. */
  #versions: { readonly own: number; readonly before: number } | null = null;
  #failedBatches = 0;

  constructor(
    private readonly maxDrop: number,
    private readonly onFailed: (reason: string) => void,
  ) {}

  begin(model: ModelIdentity, before: ModelIdentity): void {
    const earlier = this.#tallies.get(before.version);
    this.#tallies.clear();
    if (earlier) this.#tallies.set(before.version, earlier);
    this.#versions = { own: model.version, before: before.version };
    this.#failedBatches = 0;
  }

  end(): void {
    this.#versions = null;
  }

  /** @param fatal no worker is left that could do better */
  batchFailed(version: number, reason: string, fatal: boolean): void {
    if (this.#versions?.own !== version) return;
    this.#failedBatches++;
    if (!fatal && this.#failedBatches < MAX_FAILED_BATCHES) return;
    const { before } = this.#versions;
    this.#fail(
      `It failed at ${this.#failedBatches} batches that version ${before} had no trouble with: ${reason}`,
    );
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    let tally: Tally | undefined;
    for (const outcome of outcomes) {
      if (outcome.kind === 'dead letter' || outcome.truth === undefined) continue;
      const { model, label, truth } = outcome;
      if (tally?.version !== model.version) tally = this.#tallyOf(model.version);
      tally.judged++;
      if (label !== truth) tally.wrong++;
    }
    if (tally !== undefined) this.#compare();
  }

  #tallyOf(version: number): Tally {
    const known = this.#tallies.get(version);
    if (known === undefined) {
      const tally = { version, judged: 0, wrong: 0 };
      this.#tallies.set(version, tally);
      return tally;
    }
    if (known.judged > MEMORY) {
      known.judged /= 2;
      known.wrong /= 2;
    }
    return known;
  }

  #compare(): void {
    if (this.#versions === null) return;
    const own = this.#tallies.get(this.#versions.own);
    const before = this.#tallies.get(this.#versions.before);
    if (!own || !before || own.judged < MIN_JUDGED || before.judged < MIN_JUDGED) return;
    const [share, shareBefore] = [own.wrong / own.judged, before.wrong / before.judged];
    if (share - shareBefore <= this.maxDrop + STANDARD_ERRORS * standardError(own, before)) return;
    this.#fail(
      `${percent(share)} of its predictions with a known truth were wrong, and ${percent(shareBefore)} of those of ` +
        `version ${before.version}.`,
    );
  }

  #fail(reason: string): void {
    this.end();
    this.onFailed(reason);
  }
}

/** Of the difference of two shares, with the pooled share of both. */
function standardError(one: Tally, other: Tally): number {
  const pooled = (one.wrong + other.wrong) / (one.judged + other.judged);
  return Math.sqrt(pooled * (1 - pooled) * (1 / one.judged + 1 / other.judged));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
