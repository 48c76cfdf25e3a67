/** One header or attribute. Kafka allows the same name twice and any bytes; Pub/Sub has unique names and text. */
export type Header = readonly [name: string, value: string | Buffer];

/** Where messages come from: the part of an origin that many of them share. */
export interface Place {
  /** A `BrokerKind`, what another adapter calls itself, or `http` for an image that came through the interactive lane. */
  readonly broker: string;
  readonly topic: string;
  /** null where the broker has no partitions (Pub/Sub). */
  readonly partition: number | null;
}

/** Where a delivery came from; goes into every prediction as its `source`. */
export interface Origin extends Place {
  /** Decimal text, since offsets are 64 bits wide; null where the broker has none. */
  readonly offset: string | null;
}

export const BROKER_KINDS = ['memory', 'kafka', 'pubsub'] as const;
export type BrokerKind = (typeof BROKER_KINDS)[number];

/** One message taken from a source. Exactly one outcome is owed for it. */
export interface Delivery {
  readonly origin: Origin;
  /** `topic/partition/offset`, or the Pub/Sub message id: the same message has the same one each time it comes. */
  readonly sourceId: string;
  readonly key: Buffer | null;
  /** null is a Kafka tombstone. */
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  /** When the message was made, ms since 1970. */
  readonly timestamp: number;
  /** When it arrived here, ms on the monotonic clock (`performance.now()`). */
  readonly receivedAt: number;
  /** 1 the first time, more when the broker says that it came before. */
  readonly attempt: number;
  /**
   * For a broker that numbers its messages and whose `sourceId` is `topic/partition/offset`: the same object for all
   * messages of a partition, and the offset (exact up to 2^53). With both, `origin` and `sourceId` may be made when they
   * are read, which hardly any message's are.
   */
  readonly place?: Place;
  readonly offset?: number;
}

/** A message to be published. */
export interface OutgoingMessage {
  readonly key: Buffer | string | null;
  /** null: a tombstone on Kafka; Pub/Sub has none and makes it empty. */
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  /** ms since 1970; the broker's or client's own clock if absent. */
  readonly timestamp?: number;
}

/** The first header of that name as text, whatever its case; undefined if there is none. */
export function headerText(headers: readonly Header[], name: string): string | undefined {
  for (const [headerName, value] of headers) {
    if (headerName === name || (headerName.length === name.length && headerName.toLowerCase() === name)) {
      return typeof value === 'string' ? value : value.toString('utf8');
    }
  }
  return undefined;
}

/** Bytes that a message holds in memory: value, key and headers. */
export function byteSize(message: {
  key: Buffer | string | null;
  value: Buffer | null;
  headers: readonly Header[];
}): number {
  let size = (message.value?.length ?? 0) + (message.key?.length ?? 0);
  for (const [name, value] of message.headers) size += name.length + value.length;
  return size;
}
