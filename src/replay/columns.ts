import type { ScanBounds } from '../core/scan-range';
import type { ModelIdentity, Prediction } from '../core/prediction';

/** Marks a missing label or truth; no class has this label. */
const NONE = 65_535;

/** Part of a prediction needed for a comparison. */
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

/** Predictions for a range of an input topic, eight bytes each; the last one of a message counts. */
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

  /** Number of messages in the range with a prediction. */
  get size(): number {
    return this.#size;
  }

  /** Whether every message has a prediction. */
  get full(): boolean {
    return this.#size === this.#room;
  }

  /** Models with their number of predictions, repeated ones included. */
  get models(): readonly ModelCount[] {
    return [...this.#models.values()];
  }

  /** Ignores predictions of other topics and outside the range. */
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

  /** Messages of the range in order. */
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
