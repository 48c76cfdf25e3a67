/**
 * Converts between Pub/Sub's messages and ours. A message carries its key in the attribute `key`, and its headers as
 * attributes. The key is an ordering key only on request: that costs throughput, and blocks a key after a failed publish.
 *
 * Attributes are narrower than headers (https://cloud.google.com/pubsub/quotas#resource_limits). No message fails for
 * it.
 * A binary value is sent as UTF-8 text, its invalid bytes as U+FFFD.
 * Of several headers with the same name the first is sent, and a header `key` only without a key.
 * A header without a name is omitted, and so are those after the hundredth attribute.
 * Names beginning with `goog` are reserved: they are sent as `x-goog…`.
 * Names are cut after 256 bytes and values (including the key) after 1,024, never inside a character.
 * Pub/Sub refuses a message with neither data nor attributes: it gets the attribute `stream-infer-empty`.
 */
import type { Message } from '@google-cloud/pubsub';

import type { Delivery, Header, OutgoingMessage } from '../../core/message';

/** The attribute that carries the key. */
const KEY = 'key';
const EMPTY = 'stream-infer-empty';
const MAX_ATTRIBUTES = 100;
const MAX_NAME_BYTES = 256;
const MAX_VALUE_BYTES = 1_024;

/** Data and attributes of one message, bytes. */
export const MAX_MESSAGE_BYTES = 10_000_000;

/** Argument of `publishMessage`. */
export interface PubsubMessage {
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
  readonly orderingKey?: string;
}

/** The part of the client's message that is used here. */
export type ReceivedMessage = Pick<Message, 'id' | 'data' | 'attributes' | 'deliveryAttempt'> & {
  readonly publishTime: Pick<Date, 'getTime'>;
  readonly orderingKey?: string | undefined;
};

export function toPubsubMessage(message: OutgoingMessage): PubsubMessage {
  const attributes = toAttributes(message.key, message.headers);
  const data = message.value ?? Buffer.alloc(0);
  if (data.length === 0 && Object.keys(attributes).length === 0) attributes[EMPTY] = '1';
  const orderingKey = message.ordered === true ? attributes[KEY] : undefined;
  return orderingKey ? { data, attributes, orderingKey } : { data, attributes };
}

/** Data and attributes, bytes: the size that Pub/Sub limits. */
export function pubsubSize(message: PubsubMessage): number {
  let size = message.data.length;
  for (const [name, value] of Object.entries(message.attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  return size;
}

/** @param receivedAt `performance.now()` */
export function toDelivery(message: ReceivedMessage, topic: string, receivedAt: number): Delivery {
  const key = message.orderingKey || message.attributes[KEY];
  return {
    origin: { broker: 'pubsub', topic, partition: null, offset: null },
    sourceId: message.id,
    key: key === undefined ? null : Buffer.from(key),
    value: message.data,
    headers: Object.entries(message.attributes).filter(([name]) => name !== KEY && name !== EMPTY),
    timestamp: message.publishTime.getTime(),
    receivedAt,
    // 0 unless the subscription has a dead-letter policy: only then Pub/Sub counts.
    attempt: Math.max(1, message.deliveryAttempt),
  };
}

function toAttributes(key: Buffer | string | null, headers: readonly Header[]): Record<string, string> {
  // Not an object literal: a header may be named __proto__ or constructor.
  const attributes = new Map<string, string>();
  if (key !== null) attributes.set(KEY, cut(toText(key), MAX_VALUE_BYTES));
  for (const [header, value] of headers) {
    if (attributes.size === MAX_ATTRIBUTES) break;
    const name = toName(header);
    if (name !== '' && !attributes.has(name)) attributes.set(name, cut(toText(value), MAX_VALUE_BYTES));
  }
  return Object.fromEntries(attributes);
}

function toName(header: string): string {
  return cut(/^goog/i.test(header) ? `x-${header}` : header, MAX_NAME_BYTES);
}

function toText(value: Buffer | string): string {
  return typeof value === 'string' ? value : value.toString('utf8');
}

function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = maxBytes;
  // 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
