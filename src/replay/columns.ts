import type { ScanBounds } from '../core/scan-range';
import type { ModelIdentity, Prediction } from '../core/prediction';

/** No class has this label, and no truth is this one. */
const NONE = 65_535;

/** One prediction as far as a comparison needs it. */
export interface ComparedPrediction {
  readonly label: number;
  readonly confidence: number;
  readonly truth: number | undefined;
}

export type ModelCount = Pick<ModelIdentity, 'name' | 'version' | 'runtime' | 'precision'> & {
  predictions: number;
};

interface Columns {
  readonly from: number;
  readonly labels: Uint16Array;
  readonly truths: Uint16Array;
  readonly confidences: Float32Array;
}

/** The predictions for one range of an input topic, eight bytes each; of several for the same message the last one counts. */
export class PredictionColumns {
  readonly #partitions = new Map<number, Columns>();
  readonly #models = new Map<string, ModelCount>();
  #size = 0;
  #room = 0;

  constructor(
    private readonly topic: string,
    bounds: readonly Pick<ScanBounds, 'partition' | 'from' | 'to'>[],
  ) {
    for (const { partition, from, to } of bounds) {
      const length = to - from;
      this.#room += length;
      this.#partitions.set(partition, {
        from,
        labels: new Uint16Array(length).fill(NONE),
        truths: new Uint16Array(length).fill(NONE),
        confidences: new Float32Array(length),
      });
    }
  }

  /** How many messages of the range have a prediction. */
  get size(): number {
    return this.#size;
  }

  /** Every message has one: nothing is left to find. */
  get full(): boolean {
    return this.#size === this.#room;
  }

  /** What made them, with how many each; repeated ones count, too. */
  get models(): readonly ModelCount[] {
    return [...this.#models.values()];
  }

  /** Passes over what is of another topic or outside the range. */
  put({ source, label, confidence, truth, model }: Prediction): void {
    const columns = this.#partitions.get(source.partition ?? -1);
    if (columns === undefined || source.topic !== this.topic) return;
    const at = Number(source.offset) - columns.from;
    if (!(at >= 0 && at < columns.labels.length)) return;
    if (columns.labels[at] === NONE) this.#size++;
    columns.labels[at] = label;
    columns.truths[at] = truth ?? NONE;
    columns.confidences[at] = confidence;
    this.#count(model);
  }

  get(partition: number, offset: number): ComparedPrediction | undefined {
    const columns = this.#partitions.get(partition);
    const at = offset - (columns?.from ?? 0);
    const label = columns?.labels[at];
    if (columns === undefined || label === undefined || label === NONE) return undefined;
    const truth = columns.truths[at];
    return { label, confidence: columns.confidences[at] ?? 0, truth: truth === NONE ? undefined : truth };
  }

  /** The messages of the range, in their order. */
  *places(): Generator<readonly [partition: number, offset: number]> {
    for (const [partition, { from, labels }] of this.#partitions) {
      for (let at = 0; at < labels.length; at++) yield [partition, from + at];
    }
  }

  #count({ name, version, runtime, precision }: ModelIdentity): void {
    const key = JSON.stringify([name, version, runtime, precision]);
    const known = this.#models.get(key);
    if (known) known.predictions++;
    else this.#models.set(key, { name, version, runtime, precision, predictions: 1 });
  }
}
