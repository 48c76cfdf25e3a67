/** The longest allowed stall of a stream, and its reason. */
import { SESSION } from '../faults/driver';
import type { Plan } from './plan';

/** Transaction timeout, ms; readers wait for it behind the transaction of a killed process. */
export const TRANSACTION_TIMEOUT = 10_000;
/** Interval at which the broker aborts timed-out transactions, ms. */
const TRANSACTION_SWEEP = 10_000;
/** Timeouts of the program: confirmations in at-least-once, and a client that reads nothing, ms. */
const PROGRAM_TIMEOUT = 30_000;
/** Allowance above the largest timeout, ms. */
export const ALLOWANCE = 10_000;

export interface StallLimit {
  readonly ms: number;
  /** The timeout that determines the limit. */
  readonly name: string;
}

/** The longest allowed stall of a partition after the last fault: the largest relevant timeout plus the allowance. */
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
