import type { Delivery, Header, Origin, OutgoingMessage, Place } from '../../core/message';
import type { Lease } from './lease';
import type { Message } from './native';

/**
 * A delivery that knows which assignment of its partition it belongs to. One small object a message: what is text, and
 * read of few of them only, is made when it is read.
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
    readonly lease: Lease,
    readonly receivedAt: number,
  ) {
    const { key, value, headers, timestamp, offset } = message;
    this.key = (key ?? null) as Buffer | null;
    this.value = value;
    this.headers = toHeaders(headers);
    // -1 stands for none, as messages of brokers before 0.10 have it.
    this.timestamp = timestamp === undefined || timestamp < 0 ? Date.now() : timestamp;
    this.offset = offset;
  }

  /** Kafka does not count. */
  get attempt(): 1 {
    return 1;
  }

  get place(): Place {
    return this.lease;
  }

  get origin(): Origin {
    const { broker, topic, partition } = this.lease;
    return { broker, topic, partition, offset: String(this.offset) };
  }

  get sourceId(): string {
    return `${this.lease.name}/${this.offset}`;
  }
}

type NativeHeader = Record<string, string | Buffer>;

const NO_HEADERS: readonly Header[] = [];

/**
 * librdkafka gives one object with one property for each header; names may come twice. The add-on makes an empty buffer of a
 * null value, so that a null header is passed on as an empty one.
 */
export function toHeaders(headers: readonly NativeHeader[] | undefined): readonly Header[] {
  if (headers === undefined || headers.length === 0) return NO_HEADERS;
  return headers.map(toHeader);
}

/** The add-on assigns the property, and what is assigned to `__proto__` becomes the prototype. */
function toHeader(header: NativeHeader): Header {
  // Three times as fast as Object.entries, for each header of each message.
  for (const name in header) if (Object.hasOwn(header, name)) return [name, header[name] as Buffer];
  return ['__proto__', Object.getPrototypeOf(header) as Buffer];
}

/**
 * The add-on takes an empty buffer without memory behind it (`Buffer.alloc(0)`) for null, which to Kafka is a tombstone;
 * one with memory stays empty.
 */
const EMPTY = Buffer.alloc(8).subarray(0, 0);

export function keepEmpty<T extends Buffer | string | null>(value: T): T | Buffer {
  return Buffer.isBuffer(value) && value.length === 0 ? EMPTY : value;
}

/** Predictions mostly share one frozen array: its native form is made once. The add-on reads it and changes nothing. */
let shared: { readonly from: OutgoingMessage['headers']; readonly to: NativeHeader[] } | undefined;

export function fromHeaders(headers: OutgoingMessage['headers']): NativeHeader[] | undefined {
  if (headers.length === 0) return undefined;
  if (shared?.from === headers) return shared.to;
  const native = headers.map(([name, value]) => ({ [name]: keepEmpty(value) }));
  if (Object.isFrozen(headers) && headers.every(Object.isFrozen)) shared = { from: headers, to: native };
  return native;
}

/** What one message takes of the limit on bytes in flight. */
export function bytesOf(delivery: Delivery): number {
  return (delivery.value?.length ?? 0) + (delivery.key?.length ?? 0);
}
