/** For how long a stream may stand still, and why so long. */
import { SESSION } from '../faults/driver';
import type { Plan } from './plan';

/** In exactly-once, ms; readers wait for it behind the transaction of a killed process. */
export const TRANSACTION_TIMEOUT = 10_000;
/** The broker looks for transactions that have timed out so often, ms. */
const TRANSACTION_SWEEP = 10_000;
/** What the program itself waits for: confirmations in at-least-once, a client that reads nothing, ms. */
const PROGRAM_TIMEOUT = 30_000;
/** Allowed beyond the largest time-out, ms. */
export const ALLOWANCE = 10_000;

export interface StallLimit {
  readonly ms: number;
  /** The time-out that it comes from. */
  readonly name: string;
}

/** How long a partition may stand still after the last fault: the largest time-out in play and the allowance. */
export function stallLimit({ mode, socketTimeoutMs }: Pick<Plan, 'mode' | 'socketTimeoutMs'>): StallLimit {
  const timeouts: readonly StallLimit[] = [
    { ms: socketTimeoutMs, name: 'socket.timeout.ms' },
    { ms: SESSION, name: 'session.timeout.ms' },
    mode === 'exactly-once'
      ? { ms: TRANSACTION_TIMEOUT + TRANSACTION_SWEEP, name: 'transaction.timeout.ms and its sweep' }
      : { ms: PROGRAM_TIMEOUT, name: 'delivery.timeout.ms' },
    { ms: PROGRAM_TIMEOUT, name: 'replacing a client that reads nothing' },
  ];
  const { ms, name } = timeouts.reduce((largest, one) => (one.ms > largest.ms ? one : largest));
  return { ms: ms + ALLOWANCE, name };
}
