import { asksForPatience } from '../core/retry-after';
import type { FetchAnswer } from './store';

/** What a status of 300 and more says about an object. */
export function judgeObject(
  status: number,
  reason: string,
): Exclude<FetchAnswer, { kind: 'fetched' | 'unchanged' }> {
  if (asksForPatience(status)) return { kind: 'later', reason };
  if (status === 404 || status === 410) return { kind: 'refused', code: 'REFERENCE_NOT_FOUND', reason };
  if (status >= 500) return { kind: 'doubtful', code: 'REFERENCE_FAILED', reason };
  return { kind: 'refused', code: 'REFERENCE_REFUSED', reason };
}

/** Whether a store that answered like this would answer for other objects; undefined: it gave no answer. */
export function isAlive(status: number | undefined): boolean {
  return status !== undefined && status < 500 && !asksForPatience(status);
}
