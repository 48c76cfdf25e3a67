import { createHmac } from 'node:crypto';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { StreamInferError } from '../core/errors';
import { asksForPatience } from '../core/retry-after';

export interface SignedPostOptions {
  /** Name of the receiver at the start of an error, such as `the webhook`. */
  readonly receiver: string;
  /** `whsec_` + base64, or any text. */
  readonly secret: string;
  /** For one whole attempt, ms. */
  readonly timeoutMs: number;
  /** Checks the addresses of a host while connecting; undefined where all are allowed. */
  readonly lookup: LookupFunction | undefined;
  readonly version: string;
}

export interface PostedMessage {
  /** Equal in each attempt, so that the receiver can recognize a repetition. */
  readonly id: string;
  /** JSON. */
  readonly body: Buffer;
}

export interface PostAnswer {
  readonly status: number;
  readonly location: string | undefined;
}

/**
 * Posts JSON, signed according to Standard Webhooks (HMAC-SHA256 of `id.timestamp.body`). The receiver can verify the
 * sender and reject replays. Redirects are not followed. The body of the answer is not read.
 *
 * Rejects with TIMEOUT, or with PUBLISH_FAILED where there is no answer.
 *
 * @see https://www.standardwebhooks.com
 */
export async function postSigned(
  url: URL,
  { id, body }: PostedMessage,
  { receiver, secret, timeoutMs, lookup, version }: SignedPostOptions,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const timestamp = Math.floor(Date.now() / 1_000);
  // Not `AbortSignal.any`, which would leave a listener on a signal that outlives the attempt.
  const attempt = new AbortController();
  const stop = (): void => attempt.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'user-agent': `stream-infer/${version}`,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(secret, id, timestamp, body),
    },
    agent: false,
    signal: attempt.signal,
    ...(lookup && { lookup }),
  };
  try {
    return await send(url, body, options);
  } catch (error) {
    if (attempt.signal.aborted && !signal.aborted)
      throw new StreamInferError('TIMEOUT', `${receiver} did not answer within ${timeoutMs} ms`, {
        cause: error,
      });
    throw StreamInferError.from(error, 'PUBLISH_FAILED', `${receiver}: `);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Undefined for an accepted post, or the reason of a permanent failure. Throws PUBLISH_FAILED where a retry may help.
 *
 * @param redirects the end of the reason for a redirect
 */
export function judgePost(status: number, receiver: string, redirects: string): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return `HTTP ${status}: ${redirects}`;
  if (status >= 400 && status < 500 && !asksForPatience(status)) return `HTTP ${status}`;
  throw new StreamInferError('PUBLISH_FAILED', `${receiver} answered HTTP ${status}`);
}

/** The value of `webhook-signature` for one message. */
function signatureOf(secret: string, id: string, timestamp: number, body: Buffer): string {
  const key = secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

function send(url: URL, body: Buffer, options: RequestOptions): Promise<PostAnswer> {
  return new Promise((done, fail) => {
    const answered = (response: IncomingMessage): void => {
      done({ status: response.statusCode ?? 0, location: response.headers.location });
      response.destroy();
    };
    const request =
      url.protocol === 'https:' ? requestHttps(url, options, answered) : requestHttp(url, options, answered);
    request.on('error', fail);
    request.end(body);
  });
}
