import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { toDelivery } from '../brokers/pubsub/convert';
import { beyondLimits, type JsonLimits } from '../codec/json-limits';
import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import { attributesOf } from './attributes';

/** A wrapped message has few fields: at most 100 attributes. */
const LIMITS: JsonLimits = { depth: 8, fields: 1_000, values: 2_000 };
const OPENING_BRACE = 0x7b;

const text = z.string().optional();
/** @see https://cloud.google.com/pubsub/docs/push#receive_push */
const wrappedMessage = z.object({
  message: z.object({
    data: text,
    attributes: z.record(z.string(), z.string()).nullish(),
    messageId: text,
    message_id: text,
    publishTime: text,
    publish_time: text,
    orderingKey: text,
  }),
  deliveryAttempt: z.number().int().optional(),
});

interface PushedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * The message of a push request. By default it is wrapped in JSON, also by Eventarc. Unwrapped ones have their attributes
 * as headers, and so have events of Eventarc (CloudEvents in binary mode). Throws BAD_REQUEST for a malformed wrapper.
 */
export function toPushedDelivery(request: PushedRequest, topic: string): Delivery {
  const wrapper = wrapperOf(request);
  return wrapper === undefined ? fromHeaders(request, topic) : fromWrapper(wrapper, topic);
}

/** Undefined if the body itself is the message. */
function wrapperOf({ headers, body }: PushedRequest): object | undefined {
  if (headers['x-goog-pubsub-message-id'] !== undefined) return undefined;
  if (body[0] !== OPENING_BRACE || beyondLimits(body, LIMITS) !== undefined) return undefined;
  try {
    const parsed = JSON.parse(body.toString('utf8')) as object;
    return 'message' in parsed && 'subscription' in parsed ? parsed : undefined;
  } catch {
    // A message that is not valid JSON becomes a dead letter later.
    return undefined;
  }
}

function fromWrapper(wrapper: object, topic: string): Delivery {
  const parsed = wrappedMessage.safeParse(wrapper);
  if (!parsed.success) throw malformed(parsed.error.issues[0]?.path.join('.') ?? 'message');
  const { message, deliveryAttempt = 0 } = parsed.data;
  const id = message.messageId || message.message_id;
  if (!id) throw malformed('message.messageId');
  const received = {
    id,
    data: decodeBase64(message.data ?? ''),
    attributes: message.attributes ?? {},
    publishTime: timeOf(message.publishTime ?? message.publish_time),
    deliveryAttempt,
    orderingKey: message.orderingKey,
  };
  return toDelivery(received, topic, performance.now());
}

function fromHeaders({ headers, body }: PushedRequest, topic: string): Delivery {
  const received = {
    id: one(headers['x-goog-pubsub-message-id']) ?? one(headers['ce-id']) ?? contentId(body),
    data: body,
    attributes: attributesOf(headers),
    publishTime: timeOf(one(headers['x-goog-pubsub-publish-time']) ?? one(headers['ce-time'])),
    deliveryAttempt: 0,
    orderingKey: one(headers['x-goog-pubsub-ordering-key']),
  };
  return toDelivery(received, topic, performance.now());
}

/** Without metadata, only the content identifies a message that is pushed again. */
function contentId(body: Buffer): string {
  return `sha256/${createHash('sha256').update(body).digest('hex')}`;
}

/** `Buffer.from` skips invalid characters, which makes the result shorter. */
function decodeBase64(data: string): Buffer {
  const bytes = Buffer.from(data, 'base64');
  const digits = data.endsWith('==') ? data.length - 2 : data.endsWith('=') ? data.length - 1 : data.length;
  if (bytes.length !== Math.floor((digits * 3) / 4)) throw malformed('message.data');
  return bytes;
}

function timeOf(time: string | undefined): Date {
  const ms = Date.parse(time ?? '');
  return new Date(Number.isNaN(ms) ? Date.now() : ms);
}

function one(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value) || undefined;
}

function malformed(field: string): StreamInferError {
  return new StreamInferError(
    'BAD_REQUEST',
    `the pushed message is malformed: ${field} is missing or invalid; see docs/guides/cloud-run.md`,
  );
}
