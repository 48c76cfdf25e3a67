import type { ComparedCounts, ComparedSlice } from '../../core/model-version';

/** Slices that are kept, an even number: when they are used up, neighbours are joined and the slices get twice as long. */
const MOST = 60;
/** Length of the first slices, ms. */
const SHORTEST_MS = 5_000;

/** Counts of one model since the start of a rollout. */
export interface SideTotals {
  readonly images: number;
  readonly judged: number;
  readonly correct: number;
  /** Sum. */
  readonly confidence: number;
}

export interface Totals {
  readonly serving: SideTotals;
  readonly beside: SideTotals;
  readonly disagreed: number;
}

/** Totals at the end of a slice; times are ms since 1970. */
interface Mark {
  readonly from: number;
  readonly to: number;
  readonly totals: Totals;
}

/** How the counts of a rollout grew over time, in a bounded number of slices. Costs nothing per image. */
export class ComparisonHistory {
  #marks: Mark[] = [];
  #length = SHORTEST_MS;
  #from: number;

  /** @param totals as counted so far */
  constructor(
    private readonly totals: () => Totals,
    private readonly now: () => number = Date.now,
  ) {
    this.#from = now();
  }

  /** To be called before images are counted: ends a slice whose time is over. */
  beforeCounting(): void {
    const now = this.now();
    // A clock that was set back must not stop the history.
    if (now < this.#from) this.#from = now;
    const length = this.#length;
    const past = Math.floor((now - this.#from) / length);
    if (past === 0) return;
    this.#mark(this.#from + length);
    // Time without images has no slices.
    this.#from += past * length;
  }

  slices(): ComparedSlice[] {
    const open: Mark = { from: this.#from, to: this.now(), totals: this.totals() };
    const marks = [...this.#marks, open];
    return marks.flatMap((mark, at) => toSlice(mark, marks[at - 1]?.totals ?? NONE));
  }

  #mark(to: number): void {
    this.#marks.push({ from: this.#from, to, totals: this.totals() });
    // One place is for the slice that is not over.
    if (this.#marks.length < MOST) return;
    this.#length *= 2;
    this.#marks = this.#marks.flatMap((mark, at, all) =>
      at % 2 === 1 ? [{ ...mark, from: all[at - 1]!.from }] : [],
    );
  }
}

const NO_COUNTS: SideTotals = { images: 0, judged: 0, correct: 0, confidence: 0 };
const NONE: Totals = { serving: NO_COUNTS, beside: NO_COUNTS, disagreed: 0 };

/** None without images. */
function toSlice({ from, to, totals }: Mark, before: Totals): ComparedSlice[] {
  const serving = difference(totals.serving, before.serving);
  const beside = difference(totals.beside, before.beside);
  if (serving.images + beside.images === 0) return [];
  return [
    {
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      serving,
      beside,
      disagreed: totals.disagreed - before.disagreed,
    },
  ];
}

function difference(now: SideTotals, before: SideTotals): ComparedCounts {
  const images = now.images - before.images;
  return {
    images,
    judged: now.judged - before.judged,
    correct: now.correct - before.correct,
    // The sums are inexact, but a mean is a share.
    meanConfidence:
      images === 0 ? null : Math.min(1, Math.max(0, (now.confidence - before.confidence) / images)),
  };
}
