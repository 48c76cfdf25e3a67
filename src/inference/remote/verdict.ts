import { isStreamInferError, messageOf, type ErrorCode } from '../../core/errors';
import { oneLine } from '../../core/one-line';
import { retryAfterMs as toMs } from '../../core/retry-after';
import type { HttpAnswer } from './http-caller';
import type { Mask } from './mask';

/**
 * What an exchange says about its images. `refused`: not these images. `later`: not now, whatever the images. `doubtful`:
 * the server failed, for which an image may be the reason.
 */
export type Verdict =
  | { readonly kind: 'answered'; readonly body: Buffer }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'doubtful'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string; readonly retryAfterMs?: number | undefined };

type Failure = Extract<Verdict, { kind: 'later' | 'doubtful' }>;

/** For the breaker. */
export function toFailure(verdict: Failure): Failure & { readonly isDoubtful: boolean } {
  return { ...verdict, isDoubtful: verdict.kind === 'doubtful' };
}

export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** The server looked at the images and does not take them. */
const REFUSALS = new Set([400, 413, 415, 422]);
/** Errors inside the server, or between a proxy and the server. */
const FAILURES = new Set([500, 502, 504]);
const HINTS: Readonly<Record<number, string>> = {
  401: 'check model.token',
  403: 'check model.token',
  404: 'check model.url and model.name',
};
const OF_IMAGES: ReadonlySet<ErrorCode> = new Set(['TIMEOUT', 'WORKER_CRASH', 'WORKER_TIMEOUT']);

export function judge(answer: HttpAnswer, mask: Mask): Verdict {
  const { status, what, body, retryAfter } = answer;
  if (status >= 200 && status < 300) return { kind: 'answered', body };
  const hint = isRedirect(status) ? 'redirects are not followed; check model.url' : HINTS[status];
  const detail = [detailOf(body, mask), hint].filter((part) => part !== undefined).join('; ');
  const reason = `${what} answered HTTP ${status}${detail === '' ? '' : `: ${detail}`}`;
  if (REFUSALS.has(status)) return { kind: 'refused', reason };
  if (FAILURES.has(status)) return { kind: 'doubtful', reason };
  return { kind: 'later', reason, retryAfterMs: toMs(retryAfter) };
}

/**
 * A connection that broke during the exchange may have taken the server down, and a time-out may be a slow image. An image
 * may also take down the thread that writes the request.
 */
export function judgeError(thrown: unknown, what: string, mask: Mask): Verdict {
  const code = (thrown as { code?: unknown } | null)?.code;
  const isOfImages = isStreamInferError(thrown) && OF_IMAGES.has(thrown.code);
  // An error of all addresses of a name has no text of its own.
  const text = messageOf(thrown) || String(code);
  const reason = `${what}: ${oneLine(mask(text))}`;
  const isDoubtful = isOfImages || code === 'ECONNRESET' || code === 'EPIPE' || code === undefined;
  return isDoubtful ? { kind: 'doubtful', reason } : { kind: 'later', reason };
}

/** What servers say of a name that they do not know. */
const NO_SUCH_MODEL = [
  /\b(unknown|no such) (model|servable)\b/i,
  /\b(model|servable)\b.*\b(not found|not exist|unknown)\b/i,
  /\bnot find any versions of model\b/i,
];

/** What the server says if it knows its models, and this one is not among them; a server without metadata says otherwise. */
export function noSuchModel({ status, body }: HttpAnswer, mask: Mask): string | undefined {
  const detail = status === 404 || status === 400 ? detailOf(body, mask) : undefined;
  return NO_SUCH_MODEL.some((pattern) => pattern.test(detail ?? '')) ? detail : undefined;
}

/** The text of the error, which most servers put into one of these fields; undefined without one. */
function detailOf(body: Buffer, mask: Mask): string | undefined {
  if (body.length === 0 || body.length > 65_536) return undefined;
  try {
    const parsed = JSON.parse(body.toString('utf8')) as Record<string, unknown> | null;
    const found = [parsed?.['error'], parsed?.['detail'], parsed?.['message']].find(
      (one) => typeof one === 'string',
    );
    return found === undefined ? undefined : oneLine(mask(found));
  } catch {
    return undefined;
  }
}
