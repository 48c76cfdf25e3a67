import { StreamInferError } from '../core/errors';
import type { Header } from '../core/message';

/** Options of one message. */
export interface SendOptions {
  /** Messages with the same key stay in order if the broker has partitions or ordering keys. */
  readonly key?: string | Buffer | null;
  /** An object, or pairs for repeated names (not on Pub/Sub). */
  readonly headers?: Readonly<Record<string, string | Buffer>> | readonly Header[];
  /** ms since 1970; set by the client or broker if absent. */
  readonly timestamp?: number;
}

export interface OutgoingValue<T> extends SendOptions {
  readonly value: T;
}

const NAMES: ReadonlySet<string> = new Set(['value', 'key', 'headers', 'timestamp']);

/**
 * Throws CONFIG_INVALID for a message that no broker could send: not every caller uses TypeScript. Checked by hand,
 * because a schema would be too slow for each message.
 */
export function assertOutgoing(messages: readonly OutgoingValue<unknown>[]): void {
  const given: unknown = messages;
  if (!Array.isArray(given)) throw mistake('messages', 'expected an array');
  for (const message of messages) assertMessage(message);
}

export function toHeaders(headers: SendOptions['headers']): readonly Header[] {
  if (headers === undefined) return [];
  return isPairs(headers) ? headers : Object.entries(headers);
}

function assertMessage(message: OutgoingValue<unknown>): void {
  if (!isObject(message)) throw mistake('message', 'expected an object with value');
  const { key, headers, timestamp } = message;
  const unknown = Object.keys(message).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw mistake(unknown, 'unknown option; use key, headers, timestamp');
  if (key !== undefined && key !== null && !isContent(key))
    throw mistake('key', 'expected text, a Buffer or null');
  if (timestamp !== undefined && !(Number.isSafeInteger(timestamp) && timestamp >= 0))
    throw mistake('timestamp', 'expected a whole number of ms since 1970');
  if (headers !== undefined) assertHeaders(headers);
}

function assertHeaders(headers: NonNullable<SendOptions['headers']>): void {
  // A Map has no own properties, so its headers would be lost.
  if (!isObject(headers) || headers instanceof Map)
    throw mistake('headers', 'expected an object or an array of pairs');
  for (const pair of toHeaders(headers) as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string')
      throw mistake('headers', 'each is a pair of name and value');
    if (!isContent(pair[1])) throw mistake(`headers.${pair[0]}`, 'expected text or a Buffer');
  }
}

function isContent(value: unknown): boolean {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPairs(headers: NonNullable<SendOptions['headers']>): headers is readonly Header[] {
  return Array.isArray(headers);
}

function mistake(what: string, message: string): StreamInferError {
  return new StreamInferError('CONFIG_INVALID', `invalid options for send:\n  ${what}: ${message}`);
}
