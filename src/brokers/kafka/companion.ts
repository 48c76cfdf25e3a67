import type { RecentEvent } from './recent-event';
import type { Session } from './session';
import type { SessionCompanion } from './session-options';

/** A producer that advances this source in its transactions: it starts and ends with each session. */
export interface Companion extends SessionCompanion {
  /** Shared by both: after an outage, either may be fenced by its own former session. */
  readonly outages: RecentEvent;
  /** Before the consumer connects. A rejection ends the session; `signal` ends the wait. */
  open(signal: AbortSignal): Promise<void>;
  attach(session: Session): void;
  /** Before the consumer disconnects: afterwards it does not use the consumer any more. */
  stop(): Promise<void>;
  /**
   * After the end of the consumer.
   *
   * @param exiting the process is about to end
   */
  end(exiting: boolean): Promise<void>;
}
