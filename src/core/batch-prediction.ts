import type { PixelSums } from './baseline';
import type { Delivery } from './message';
import type { PictureSize } from './picture';
import type { Decoded, PredictionColumns } from './classification';
import type { ModelIdentity, Prediction, PredictionOutcome } from './prediction';

/** Shared data of the predictions of one batch: the worker's columns and the fields that are equal for all. */
export interface PredictedBatch extends Omit<PredictionColumns, 'json'> {
  readonly json: Buffer;
  /** Scores of the whole batch, row-major. */
  readonly scores: Float32Array;
  /** For the images that were not raw pixels. */
  readonly decoded: ReadonlyMap<number, Decoded>;
  readonly model: ModelIdentity;
  readonly inferenceMs: number;
  /** See `BatchResult`. */
  readonly decodeMs: number | undefined;
  readonly batchSize: number;
  /** `performance.now()` when the batch was sent to its worker, and when it returned. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly pixelSums: PixelSums | undefined;
  /** Of the images; Fashion-MNIST's if absent. */
  readonly imageSize: PictureSize | undefined;
}

/** Offset of the id in the JSON of every prediction, whatever the version of its schema. */
export const ID_AT = '{"schemaVersion":1,"id":'.length;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An index into the columns of a batch: one small object per image, which reads all other fields on demand. */
export class BatchPrediction implements PredictionOutcome {
  #prediction: Prediction | undefined;

  constructor(
    readonly delivery: Delivery,
    readonly batch: PredictedBatch,
    readonly index: number,
  ) {}

  get kind(): 'prediction' {
    return 'prediction';
  }

  get id(): string {
    return idOf(this.json) ?? this.prediction.id;
  }

  get label(): number {
    return this.batch.labels[this.index] as number;
  }

  get confidence(): number {
    return this.batch.confidences[this.index] as number;
  }

  get truth(): number | undefined {
    const truth = this.batch.truths[this.index] as number;
    return truth < 0 ? undefined : truth;
  }

  get model(): ModelIdentity {
    return this.batch.model;
  }

  get queueMs(): number {
    return this.batch.startedAt - this.delivery.receivedAt;
  }

  get inferenceMs(): number {
    return this.batch.inferenceMs;
  }

  get decodeMs(): number | undefined {
    return this.batch.decodeMs;
  }

  get totalMs(): number {
    return this.batch.endedAt - this.delivery.receivedAt;
  }

  get batchSize(): number {
    return this.batch.batchSize;
  }

  get json(): Buffer {
    const { json, ends } = this.batch;
    return json.subarray(startOf(ends, this.index), ends[this.index]);
  }

  get scores(): Float32Array {
    const { scores, batchSize } = this.batch;
    const classes = scores.length / batchSize;
    return scores.subarray(this.index * classes, (this.index + 1) * classes);
  }

  get prediction(): Prediction {
    return (this.#prediction ??= JSON.parse(this.json.toString()) as Prediction);
  }

  get pixels(): Uint8Array {
    return this.batch.decoded.get(this.index)?.pixels ?? (this.delivery.value as Buffer);
  }

  get imageSize(): PictureSize | undefined {
    return this.batch.imageSize;
  }

  get decoded(): Decoded | undefined {
    return this.batch.decoded.get(this.index);
  }

  get pixelSums(): PixelSums | undefined {
    return startOf(this.batch.ends, this.index) === 0 ? this.batch.pixelSums : undefined;
  }
}

/** Offset of the i-th prediction of a batch in its JSON. */
export function startOf(ends: Uint32Array, i: number): number {
  return i === 0 ? 0 : (ends[i - 1] as number);
}

/** Reads the id without parsing the JSON; undefined where the id is not plain ASCII. */
function idOf(json: Buffer): string | undefined {
  const start = ID_AT + 1;
  const end = json.indexOf(QUOTE, start);
  for (let i = start; i < end; i++) if (json[i] === BACKSLASH || (json[i] as number) > 0x7e) return undefined;
  return json.toString('latin1', start, end);
}
