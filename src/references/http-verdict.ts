import { PRIVATE_ADDRESS } from '../config/public-lookup';
import { messageOf } from '../core/errors';
import { oneLine } from '../core/one-line';
import { retryAfterMs as toMs } from '../core/retry-after';
import { codeOf } from './code-of';
import { judgeObject } from './object-status';
import { parseReference } from './parse-reference';
import { refuse, type Reference, type ReferenceRefusal } from './reference';
import type { FetchAnswer } from './store';

/** What a status says about the object; undefined where the body is the image. */
export function judgeStatus(
  status: number,
  header: (name: string) => string | undefined,
  shown: string,
): Exclude<FetchAnswer, { kind: 'fetched' }> | undefined {
  const reason = `${shown} answered HTTP ${status}`;
  const encoding = header('content-encoding');
  if (status === 200 && encoding !== undefined && encoding !== 'identity')
    return {
      kind: 'refused',
      code: 'REFERENCE_REFUSED',
      reason: `${shown} is compressed: ${oneLine(encoding)}`,
    };
  if (status === 200) return undefined;
  if (status === 304) return { kind: 'unchanged' };
  const verdict = judgeObject(status, status === 401 ? `${reason}; see references.authorization` : reason);
  return verdict.kind === 'later' ? { ...verdict, retryAfterMs: toMs(header('retry-after')) } : verdict;
}

/** Errors of a connection that was not made: no object of this host can be fetched. */
const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN'],
  'UND_ERR_CONNECT_TIMEOUT',
  ...['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL'],
]);

/** @param isAnswered whether the answer had begun */
export function judgeConnection(thrown: unknown, shown: string, isAnswered: boolean): FetchAnswer {
  const code = codeOf(thrown);
  // An error of all addresses of a name has no text of its own.
  const reason = `${shown}: ${oneLine(messageOf(thrown) || code)}`;
  if (code === PRIVATE_ADDRESS) return { kind: 'refused', code: 'REFERENCE_FORBIDDEN', reason };
  if (UNREACHABLE.has(code) || isOfCertificate(code)) return { kind: 'later', reason, isUnreachable: true };
  return { kind: 'doubtful', code: 'REFERENCE_FAILED', reason, isAlive: isAnswered };
}

function isOfCertificate(code: string): boolean {
  return /CERT|ERR_TLS|ERR_SSL|EPROTO/.test(code);
}

/** The next address; REFERENCE_REFUSED where there is none. */
export function redirectTarget(
  { scheme, host, path, query, shown }: Reference,
  location: string | undefined,
): Reference | ReferenceRefusal {
  const base = `${scheme}://${host}${path}${query}`;
  if (location === undefined || !URL.canParse(location, base))
    return refuse('REFERENCE_REFUSED', `${shown} redirects to no valid address`);
  const next = new URL(location, base);
  if (next.protocol !== 'https:' && next.protocol !== 'http:')
    return refuse('REFERENCE_FORBIDDEN', `${shown} redirects to another scheme: ${oneLine(next.protocol)}`);
  return parseReference(next.href);
}
