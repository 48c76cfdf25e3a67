import { createHmac } from 'node:crypto';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { AlertMessage } from '../codec/event-json';
import { StreamInferError } from '../core/errors';
import { namesPrivateAddress } from '../config/private-address';
import { createPublicLookup } from '../config/public-lookup';

export interface WebhookOptions {
  readonly url: string;
  /** `whsec_` + base64, or any text. */
  readonly secret: string;
  /** For one whole attempt, ms. */
  readonly timeoutMs: number;
  readonly allowPrivateNetwork: boolean;
  readonly version: string;
}

export interface Webhook {
  /** Resolves with undefined when accepted, or with the reason of a permanent failure; rejects when a retry may help. */
  post(alert: AlertMessage, signal: AbortSignal): Promise<string | undefined>;
}

const lookupPublic = createPublicLookup('webhook.allowPrivateNetwork');
/** 4xx that a retry may fix. */
const RETRYABLE = new Set([408, 425, 429]);

/**
 * Posts alerts as JSON, signed according to Standard Webhooks (HMAC-SHA256 of `id.timestamp.body`). The receiver can verify
 * the sender and reject replays. The id is the event's, equal in each attempt.
 *
 * Redirects are never followed, and the resolved address is checked while connecting. So neither the receiver nor its DNS
 * can direct the request to a private network.
 *
 * @see https://www.standardwebhooks.com
 */
export function createWebhook(options: WebhookOptions): Webhook {
  const url = new URL(options.url);
  return {
    async post(alert, signal) {
      if (!options.allowPrivateNetwork && namesPrivateAddress(url))
        return 'the URL names a private address; see webhook.allowPrivateNetwork';
      const body = Buffer.from(JSON.stringify(alert));
      const headers = headersOf(alert.id, body, options);
      const status = await send(url, body, headers, options, signal);
      return failureOf(status);
    },
  };
}

/** The value of `webhook-signature` for one message. */
export function signatureOf(secret: string, id: string, timestamp: number, body: Buffer): string {
  const key = secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

function headersOf(id: string, body: Buffer, { secret, version }: WebhookOptions): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1_000);
  return {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'user-agent': `stream-infer/${version}`,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureOf(secret, id, timestamp, body),
  };
}

/** The reason of a permanent failure; throws where a retry may help. */
function failureOf(status: number): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400)
    return `HTTP ${status}: redirects are not followed; set webhook.url to the final address`;
  if (status >= 400 && status < 500 && !RETRYABLE.has(status)) return `HTTP ${status}`;
  throw new StreamInferError('PUBLISH_FAILED', `the webhook answered HTTP ${status}`);
}

/** Resolves with the status; the body of the response is not read. */
async function send(
  url: URL,
  body: Buffer,
  headers: Record<string, string>,
  { timeoutMs, allowPrivateNetwork }: WebhookOptions,
  signal: AbortSignal,
): Promise<number> {
  const late = AbortSignal.timeout(timeoutMs);
  const options: RequestOptions = {
    method: 'POST',
    headers,
    agent: false,
    signal: AbortSignal.any([signal, late]),
    ...(!allowPrivateNetwork && { lookup: lookupPublic }),
  };
  try {
    return await new Promise<number>((done, fail) => {
      const answered = (response: IncomingMessage) => {
        done(response.statusCode ?? 0);
        response.destroy();
      };
      const request =
        url.protocol === 'https:'
          ? requestHttps(url, options, answered)
          : requestHttp(url, options, answered);
      request.on('error', fail);
      request.end(body);
    });
  } catch (error) {
    if (late.aborted)
      throw new StreamInferError('TIMEOUT', `the webhook did not answer within ${timeoutMs} ms`, {
        cause: error,
      });
    throw StreamInferError.from(error, 'PUBLISH_FAILED', 'the webhook: ');
  }
}
