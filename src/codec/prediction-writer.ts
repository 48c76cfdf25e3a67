import { NUMBERS, type BatchColumns } from '../core/columns';
import { predictionVersionOf, type ModelDescription } from '../core/model-description';
import type { Place } from '../core/message';
import type { PredictionColumns } from '../core/classification';
import type { ModelIdentity } from '../core/prediction';
import { ClassWriter } from './class-writer';
import { ObjectWriter, type FoundInImage } from './object-writer';
import {
  mostStringBytes,
  putAscii,
  putBytes,
  putHundredths,
  putInteger,
  putString,
  putUtf8,
} from './json-bytes';

/** Output of the model for a batch, and data from its images. */
export interface Inferred {
  readonly size: number;
  /** size × classes, row-major. */
  readonly probabilities: Float32Array;
  /** By image, of a model that finds objects. */
  readonly found?: ReadonlyMap<number, FoundInImage> | undefined;
  /** Decoding and inference, ms. */
  readonly inferenceMs: number;
  /** By image, id and label of its envelope. */
  readonly envelopes: ReadonlyMap<number, { readonly id?: string; readonly label?: number }>;
  /** Images without a prediction. */
  readonly refused: ReadonlySet<number>;
}

/** Parts of a prediction that are equal for a whole partition. */
interface PlaceJson {
  /** The beginning of an id: `"topic/partition/`. */
  readonly id: Buffer;
  /** From `"source":` to the opening quote of the offset. */
  readonly source: Buffer;
  /** Without that quote, for an offset that is not a number. */
  readonly sourceOfNamed: Buffer;
}

const text = (ascii: string): Buffer => Buffer.from(ascii);
const KEY = text(',"key":');
const TIMESTAMP = text(',"timestamp":"');
const QUEUE_MS = text('"},"timing":{"queueMs":');
const TOTAL_MS = text(',"totalMs":');
const QUOTE = 0x22;
/** Upper bound for all numbers, quotes and constant parts of one prediction, without its scores. */
const FIXED_BYTES = 400;
/** One batch with very long keys must not keep this much memory permanently. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;
/** Cached places; topics with more partitions recompute them occasionally. */
const MOST_PLACES = 10_000;

/**
 * Writes the predictions of a batch in their published form, byte for byte as `JSON.stringify` does for a
 * `Prediction`. Parts that are equal for a model, a class or a partition are encoded once. It runs in the worker, so
 * the main thread never processes a single prediction.
 */
export class PredictionWriter {
  readonly #head: Buffer;
  readonly #classes: ClassWriter | ObjectWriter;
  readonly #places = new Map<string, PlaceJson>();
  #latestTime = { ms: NaN, iso: '' };
  /** Reused for each batch, and copied from: its size follows the largest. */
  #buffer: Buffer = Buffer.alloc(0);

  constructor(model: ModelIdentity, description: Pick<ModelDescription, 'shape' | 'output'>) {
    this.#head = text(`{"schemaVersion":${predictionVersionOf(description)},"id":`);
    const Writer = description.output.objects ? ObjectWriter : ClassWriter;
    this.#classes = new Writer(model, description);
  }

  /** @param now on the clock of the columns, ms */
  write(columns: BatchColumns, inferred: Inferred, now: number): PredictionColumns {
    const { size, refused } = inferred;
    const written = emptyColumns(size);
    const buffer = this.#room(columns, inferred);
    const batch = {
      columns,
      inferred,
      written,
      buffer,
      now,
      inferenceMs: text(`,"inferenceMs":${Math.round(inferred.inferenceMs * 100) / 100}`),
      tail: text(`,"batchSize":${size}},"predictedAt":"${new Date().toISOString()}"}`),
      places: columns.places.map((place) => this.#partsOf(place)),
    };
    let [at, keyAt] = [0, 0];
    for (let i = 0; i < size; i++) {
      if (refused.size === 0 || !refused.has(i)) at = this.#writeOne(batch, i, at, keyAt);
      written.ends[i] = at;
      keyAt += Math.max(0, columns.keyLengths[i] as number);
    }
    if (buffer.length > MOST_KEPT_BYTES) this.#buffer = Buffer.alloc(0);
    return { ...written, json: new Uint8Array(buffer.subarray(0, at)) };
  }

  #writeOne(batch: Batch, i: number, start: number, keyAt: number): number {
    const { columns, buffer } = batch;
    const parts = batch.places[columns.placeOf[i] as number] as PlaceJson;
    let at = putBytes(buffer, start, this.#head);
    at = this.#putId(batch, parts, i, at);
    at = this.#putClasses(batch, i, at);
    at = putSource(batch, parts, i, at);
    at = putBytes(buffer, at, KEY);
    const keyLength = columns.keyLengths[i] as number;
    at = keyLength < 0 ? putAscii(buffer, at, 'null') : putUtf8(buffer, at, columns.keys, keyAt, keyLength);
    at = putBytes(buffer, at, TIMESTAMP);
    at = putAscii(buffer, at, this.#isoOf(columns.numbers[NUMBERS * i + 1] as number));
    return putTiming(batch, columns.numbers[NUMBERS * i + 2] as number, at);
  }

  /** From a header, from the envelope, else the source id. */
  #putId({ columns, inferred, buffer }: Batch, parts: PlaceJson, i: number, start: number): number {
    const id = columns.ids?.[i] ?? (inferred.envelopes.get(i)?.id || columns.named?.[i]?.sourceId);
    if (id !== undefined) return putString(buffer, start, id);
    let at = putBytes(buffer, start, parts.id);
    at = putInteger(buffer, at, columns.numbers[NUMBERS * i] as number);
    buffer[at] = QUOTE;
    return at + 1;
  }

  /** From the label to `"source":`. */
  #putClasses({ columns, inferred, written, buffer }: Batch, i: number, start: number): number {
    const classes = this.#classes;
    const truth = inferred.envelopes.get(i)?.label ?? columns.truths?.[i] ?? -1;
    const at = classes.put(buffer, start, inferred, i, truth);
    written.labels[i] = classes.label;
    written.confidences[i] = classes.largest / 1e6;
    written.truths[i] = truth;
    return at;
  }

  /** A producer may send any timestamp; an invalid date must not fail its image. */
  #isoOf(ms: number): string {
    if (ms === this.#latestTime.ms) return this.#latestTime.iso;
    const date = new Date(ms);
    const iso = (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();
    this.#latestTime = { ms, iso };
    return iso;
  }

  #partsOf(place: Place): PlaceJson {
    const { broker, topic, partition } = place;
    const name = JSON.stringify([broker, topic, partition]);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const source = JSON.stringify({ broker, topic, partition }).slice(0, -1);
    const parts = {
      id: text(JSON.stringify(`${topic}/${partition}/`).slice(0, -1)),
      source: text(`${source},"offset":"`),
      sourceOfNamed: text(`${source},"offset":`),
    };
    if (this.#places.size >= MOST_PLACES) this.#places.clear();
    this.#places.set(name, parts);
    return parts;
  }

  #room(columns: BatchColumns, inferred: Inferred): Buffer {
    const most = this.#mostBytes(columns, inferred);
    if (this.#buffer.length < most) this.#buffer = Buffer.allocUnsafeSlow(most);
    return this.#buffer;
  }

  #mostBytes({ places, keys, ids, named }: BatchColumns, { size, envelopes }: Inferred): number {
    const names = Math.max(0, ...places.map(({ broker, topic }) => broker.length + 2 * topic.length));
    const each = FIXED_BYTES + mostStringBytes(names) + this.#classes.mostBytes;
    let most = size * each + mostStringBytes(keys.length);
    for (const id of ids ?? []) most += mostStringBytes(id?.length ?? 0);
    for (const { id } of envelopes.values()) most += mostStringBytes(id?.length ?? 0);
    for (const name of named ?? [])
      most += mostStringBytes((name?.sourceId.length ?? 0) + (name?.offset?.length ?? 0));
    return most;
  }
}

/** Shared state while one batch is written. */
interface Batch {
  readonly columns: BatchColumns;
  readonly inferred: Inferred;
  readonly written: Omit<PredictionColumns, 'json'>;
  readonly buffer: Buffer;
  readonly now: number;
  readonly inferenceMs: Buffer;
  readonly tail: Buffer;
  readonly places: readonly PlaceJson[];
}

/** From the source to its offset. */
function putSource({ columns, buffer }: Batch, parts: PlaceJson, i: number, start: number): number {
  const name = columns.named?.[i];
  if (name !== undefined) {
    const at = putBytes(buffer, start, parts.sourceOfNamed);
    return name.offset === null ? putAscii(buffer, at, 'null') : putString(buffer, at, name.offset);
  }
  let at = putBytes(buffer, start, parts.source);
  at = putInteger(buffer, at, columns.numbers[NUMBERS * i] as number);
  buffer[at] = QUOTE;
  return at + 1;
}

/** From the end of the source to the end. */
function putTiming(
  { columns, buffer, now, inferenceMs, tail }: Batch,
  receivedAt: number,
  start: number,
): number {
  let at = putBytes(buffer, start, QUEUE_MS);
  at = putHundredths(buffer, at, columns.startedAt - receivedAt);
  at = putBytes(buffer, at, inferenceMs);
  at = putBytes(buffer, at, TOTAL_MS);
  at = putHundredths(buffer, at, now - receivedAt);
  return putBytes(buffer, at, tail);
}

function emptyColumns(size: number): Omit<PredictionColumns, 'json'> {
  return {
    ends: new Uint32Array(size),
    labels: new Int32Array(size),
    confidences: new Float64Array(size),
    truths: new Int32Array(size).fill(-1),
  };
}
