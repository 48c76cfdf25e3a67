import type { Delivery, Header, Origin, OutgoingMessage, Place } from '../../core/message';
import type { PartitionAssignment } from './partition-assignment';
import type { Message } from './native';

/**
 * A delivery with a reference to the assignment of its partition. One small object per message: text that is rarely
 * read is created on demand.
 */
export class KafkaDelivery implements Delivery {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  readonly timestamp: number;
  /** Exact up to 2^53. */
  readonly offset: number;

  /** @param receivedAt ms, `performance.now()` */
  constructor(
    message: Message,
    readonly assignment: PartitionAssignment,
    readonly receivedAt: number,
  ) {
    const { key, value, headers, timestamp, offset } = message;
    this.key = (key ?? null) as Buffer | null;
    this.value = value;
    this.headers = toHeaders(headers);
    // -1 means none, as in messages of brokers before 0.10.
    this.timestamp = timestamp === undefined || timestamp < 0 ? Date.now() : timestamp;
    this.offset = offset;
  }

  /** Kafka does not count deliveries. */
  get attempt(): 1 {
    return 1;
  }

  get place(): Place {
    return this.assignment;
  }

  get origin(): Origin {
    const { broker, topic, partition } = this.assignment;
    return { broker, topic, partition, offset: String(this.offset) };
  }

  get sourceId(): string {
    return `${this.assignment.name}/${this.offset}`;
  }
}

type NativeHeader = Record<string, string | Buffer>;

const NO_HEADERS: readonly Header[] = [];

/**
 * librdkafka has one object with one property for each header; names may repeat. The add-on turns a null value into
 * an empty buffer, so a null header is passed on as an empty one.
 */
export function toHeaders(headers: readonly NativeHeader[] | undefined): readonly Header[] {
  if (headers === undefined || headers.length === 0) return NO_HEADERS;
  return headers.map(toHeader);
}

/** The add-on assigns the property, so the header `__proto__` sets the prototype. */
function toHeader(header: NativeHeader): Header {
  // Three times as fast as Object.entries, for each header of each message.
  for (const name in header) if (Object.hasOwn(header, name)) return [name, header[name] as Buffer];
  return ['__proto__', Object.getPrototypeOf(header) as Buffer];
}

/**
 * The add-on treats an empty buffer without memory (`Buffer.alloc(0)`) as null, which is a tombstone for Kafka; one
 * with memory stays empty.
 */
const EMPTY = Buffer.alloc(8).subarray(0, 0);

export function keepEmpty<T extends Buffer | string | null>(value: T): T | Buffer {
  return Buffer.isBuffer(value) && value.length === 0 ? EMPTY : value;
}

/** Predictions mostly share one frozen array, so its native form is created once. The add-on only reads it. */
let shared: { readonly from: OutgoingMessage['headers']; readonly to: NativeHeader[] } | undefined;

export function fromHeaders(headers: OutgoingMessage['headers']): NativeHeader[] | undefined {
  if (headers.length === 0) return undefined;
  if (shared?.from === headers) return shared.to;
  const native = headers.map(([name, value]) => ({ [name]: keepEmpty(value) }));
  if (Object.isFrozen(headers) && headers.every(Object.isFrozen)) shared = { from: headers, to: native };
  return native;
}

/** Size of one message in the limit of bytes in flight. */
export function bytesOf(delivery: Delivery): number {
  return (delivery.value?.length ?? 0) + (delivery.key?.length ?? 0);
}
