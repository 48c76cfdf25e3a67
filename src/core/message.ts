/** One header or attribute. Kafka allows the same name twice and any bytes; Pub/Sub has unique names and text. */
export type Header = readonly [name: string, value: string | Buffer];

/** Origin that many messages share. */
export interface Place {
  /** A `BrokerKind`, the name of another adapter, or `http` for an image from the interactive lane. */
  readonly broker: string;
  readonly topic: string;
  /** null where the broker has no partitions (Pub/Sub). */
  readonly partition: number | null;
}

/** Origin of a delivery; published in every prediction as its `source`. */
export interface Origin extends Place {
  /** Decimal text, since offsets are 64 bits wide; null where the broker has none. */
  readonly offset: string | null;
}

export const BROKER_KINDS = ['memory', 'kafka', 'pubsub'] as const;
export type BrokerKind = (typeof BROKER_KINDS)[number];

/** One message taken from a source. It must end in exactly one outcome. */
export interface Delivery {
  readonly origin: Origin;
  /** `topic/partition/offset`, or the Pub/Sub message id: equal for every delivery of the same message. */
  readonly sourceId: string;
  readonly key: Buffer | null;
  /** null is a Kafka tombstone. */
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  /** Creation time of the message, ms since 1970. */
  readonly timestamp: number;
  /** Arrival time in this process, ms on the monotonic clock (`performance.now()`). */
  readonly receivedAt: number;
  /** 1 for the first delivery, more when the broker reports a redelivery. */
  readonly attempt: number;
  /**
   * For a broker with offsets, whose `sourceId` is `topic/partition/offset`: one object for all messages of a
   * partition, and the offset (exact up to 2^53). With both, `origin` and `sourceId` can be created on first use,
   * which is rare.
   */
  readonly place?: Place;
  readonly offset?: number;
}

/** A message to be published. */
export interface OutgoingMessage {
  readonly key: Buffer | string | null;
  /** null: a tombstone on Kafka; Pub/Sub has none and publishes an empty value. */
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  /** ms since 1970; the broker's or client's own clock if absent. */
  readonly timestamp?: number;
  /** On Pub/Sub its key is an ordering key; other brokers keep the order of a key anyway. */
  readonly ordered?: boolean;
}

/** The first header of that name as text, ignoring case; undefined if there is none. */
export function headerText(headers: readonly Header[], name: string): string | undefined {
  for (const [headerName, value] of headers) {
    if (headerName === name || (headerName.length === name.length && headerName.toLowerCase() === name)) {
      return typeof value === 'string' ? value : value.toString('utf8');
    }
  }
  return undefined;
}

/** Memory size of a message in bytes: value, key and headers. */
export function byteSize(message: {
  key: Buffer | string | null;
  value: Buffer | null;
  headers: readonly Header[];
}): number {
  let size = (message.value?.length ?? 0) + (message.key?.length ?? 0);
  for (const [name, value] of message.headers) size += name.length + value.length;
  return size;
}
