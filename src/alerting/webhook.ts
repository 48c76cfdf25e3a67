import type { AlertMessage } from '../codec/event-json';
import { namesPrivateAddress } from '../config/private-address';
import { createPublicLookup } from '../config/public-lookup';
import { judgePost, postSigned } from '../signed-post/signed-post';

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

const RECEIVER = 'the webhook';
const REDIRECTS = 'redirects are not followed; set webhook.url to the final address';
const lookupPublic = createPublicLookup('webhook.allowPrivateNetwork');

/**
 * Posts alerts as signed JSON; the id is the event's. Redirects are never followed, and the resolved address is checked
 * while connecting. So neither the receiver nor its DNS can direct the request to a private network.
 */
export function createWebhook(options: WebhookOptions): Webhook {
  const { secret, timeoutMs, allowPrivateNetwork, version } = options;
  const url = new URL(options.url);
  const lookup = allowPrivateNetwork ? undefined : lookupPublic;
  const signing = { receiver: RECEIVER, secret, timeoutMs, lookup, version };
  return {
    async post(alert, signal) {
      if (!allowPrivateNetwork && namesPrivateAddress(url))
        return 'the URL names a private address; see webhook.allowPrivateNetwork';
      const body = Buffer.from(JSON.stringify(alert));
      const { status } = await postSigned(url, { id: alert.id, body }, signing, signal);
      return judgePost(status, RECEIVER, REDIRECTS);
    },
  };
}
