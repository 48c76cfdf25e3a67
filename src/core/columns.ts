import { parseLabel } from './labels';
import { headerText, type Delivery, type Place } from './message';
import { idInHeaders } from './prediction-id';

/**
 * Data of the messages behind a batch, in columns: all fields of their predictions that the model does not produce.
 * Plain data, since it is cloned on its way to the worker.
 */
export interface BatchColumns {
  /** Origins of the images: one for each partition with a message in the batch. */
  readonly places: readonly Place[];
  /** By image, its index in `places`. */
  readonly placeOf: Uint16Array<ArrayBuffer>;
  /**
   * By image: offset, timestamp (ms since 1970) and arrival time (`performance.now()` of the main thread). The offset
   * is −1 for an image that is `named`.
   */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** UTF-8, one key after the other. */
  readonly keys: Uint8Array<ArrayBuffer>;
  /** Bytes; −1 for a message without a key. */
  readonly keyLengths: Int32Array<ArrayBuffer>;
  /** Ids from headers; null where no message of the batch has one. */
  readonly ids: readonly (string | undefined)[] | null;
  /** Classes from headers, −1 for none; null where no message of the batch has one. */
  readonly truths: Int32Array<ArrayBuffer> | null;
  /** Names of messages without an offset; null where all messages have one. */
  readonly named: readonly (SourceName | undefined)[] | null;
  /** When the batch was sent to its worker, on the clock of `numbers`. */
  readonly startedAt: number;
}

/** The name of a message from a broker without offsets. */
export interface SourceName {
  readonly sourceId: string;
  readonly offset: string | null;
}

/** Numbers of one image in `BatchColumns.numbers`. */
export const NUMBERS = 3;

/** The part of a delivery that its prediction describes. */
export type DescribedMessage = Omit<Delivery, 'value' | 'attempt'>;

/** @param labels names of the classes, which a header may contain instead of the number */
export function columnsOf(
  deliveries: readonly DescribedMessage[],
  labels: readonly string[],
  startedAt: number,
): BatchColumns {
  const builder = new ColumnsBuilder(deliveries.length, labels);
  for (let i = 0; i < deliveries.length; i++) builder.add(i, deliveries[i] as DescribedMessage);
  return builder.finish(deliveries, startedAt);
}

/** The columns of the i-th image alone. */
export function cutColumns(columns: BatchColumns, i: number): BatchColumns {
  const { places, placeOf, numbers, keys, keyLengths, ids, truths, named, startedAt } = columns;
  const length = keyLengths[i] as number;
  let start = 0;
  for (let before = 0; before < i; before++) start += Math.max(0, keyLengths[before] as number);
  return {
    places,
    placeOf: placeOf.slice(i, i + 1),
    numbers: numbers.slice(NUMBERS * i, NUMBERS * (i + 1)),
    keys: keys.slice(start, start + Math.max(0, length)),
    keyLengths: keyLengths.slice(i, i + 1),
    ids: ids && [ids[i]],
    truths: truths && truths.slice(i, i + 1),
    named: named && [named[i]],
    startedAt,
  };
}

/** Source id of the i-th image. */
export function sourceIdAt({ named, places, placeOf, numbers }: BatchColumns, i: number): string {
  const name = named?.[i]?.sourceId;
  if (name !== undefined) return name;
  const { topic, partition } = places[placeOf[i] as number] as Place;
  return `${topic}/${partition}/${numbers[NUMBERS * i]}`;
}

/** Runs for every image: it allocates nothing for a message without headers and name. */
class ColumnsBuilder {
  readonly #places: Place[] = [];
  readonly #placeOf: Uint16Array<ArrayBuffer>;
  readonly #numbers: Float64Array<ArrayBuffer>;
  readonly #keyLengths: Int32Array<ArrayBuffer>;
  #keyBytes = 0;
  #ids: (string | undefined)[] | null = null;
  #truths: Int32Array<ArrayBuffer> | null = null;
  #named: (SourceName | undefined)[] | null = null;
  /** Place of the delivery before: adjacent deliveries are mostly of one partition. */
  #latest = { place: undefined as Place | undefined, index: 0 };

  constructor(
    private readonly size: number,
    private readonly labels: readonly string[],
  ) {
    this.#placeOf = new Uint16Array(size);
    this.#numbers = new Float64Array(NUMBERS * size);
    this.#keyLengths = new Int32Array(size);
  }

  add(i: number, delivery: DescribedMessage): void {
    const { key, headers } = delivery;
    this.#placeOf[i] = this.#indexOf(delivery.place ?? delivery.origin);
    this.#numbers[NUMBERS * i] = this.#offsetOf(i, delivery);
    this.#numbers[NUMBERS * i + 1] = delivery.timestamp;
    this.#numbers[NUMBERS * i + 2] = delivery.receivedAt;
    this.#keyLengths[i] = key === null ? -1 : key.length;
    if (key !== null) this.#keyBytes += key.length;
    if (headers.length > 0) this.#addHeaders(i, delivery);
  }

  finish(deliveries: readonly DescribedMessage[], startedAt: number): BatchColumns {
    return {
      places: this.#places,
      placeOf: this.#placeOf,
      numbers: this.#numbers,
      keys: packedKeys(deliveries, this.#keyBytes),
      keyLengths: this.#keyLengths,
      ids: this.#ids,
      truths: this.#truths,
      named: this.#named,
      startedAt,
    };
  }

  #addHeaders(i: number, { headers }: DescribedMessage): void {
    const id = idInHeaders(headers);
    if (id !== undefined) (this.#ids ??= new Array<undefined>(this.size).fill(undefined))[i] = id;
    const truth = parseLabel(headerText(headers, 'label'), this.labels);
    if (truth !== undefined) (this.#truths ??= new Int32Array(this.size).fill(-1))[i] = truth;
  }

  #offsetOf(i: number, delivery: DescribedMessage): number {
    if (delivery.place !== undefined && delivery.offset !== undefined) return delivery.offset;
    const { sourceId, origin } = delivery;
    const name = { sourceId, offset: origin.offset };
    (this.#named ??= new Array<undefined>(this.size).fill(undefined))[i] = name;
    return -1;
  }

  #indexOf(place: Place): number {
    if (place === this.#latest.place) return this.#latest.index;
    const found = this.#places.findIndex((known) => isSame(known, place));
    const { broker, topic, partition } = place;
    // A copy: the place of an adapter may be any object with these three fields, which the worker must not receive.
    const index = found < 0 ? this.#places.push({ broker, topic, partition }) - 1 : found;
    this.#latest = { place, index };
    return index;
  }
}

const NO_KEYS = new Uint8Array(0);

function packedKeys(deliveries: readonly DescribedMessage[], bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes === 0) return NO_KEYS;
  const keys = new Uint8Array(bytes);
  let at = 0;
  for (const { key } of deliveries) {
    if (key === null) continue;
    keys.set(key, at);
    at += key.length;
  }
  return keys;
}

function isSame(one: Place, other: Place): boolean {
  return one.partition === other.partition && one.topic === other.topic && one.broker === other.broker;
}
