import type { RecentEvent } from './recent-event';
import type { Session } from './session';

/** A producer that advances this source in its transactions: it starts and ends with each session. */
export interface Companion {
  /** Shared by both: after an outage, either may be fenced by its own former session. */
  readonly outages: RecentEvent;
  /** Before the consumer connects. A rejection ends the session; `signal` ends the wait. */
  open(signal: AbortSignal): Promise<void>;
  attach(session: Session): void;
  /**
   * Whether another process has this one's name, when the consumer was fenced. A process that replaces this one opens
   * its producer first. A former process that was frozen has an older producer, though its consumer takes the name
   * again when it resumes. Never rejects.
   */
  isReplaced(session: Session): Promise<boolean>;
  /** Deliveries of revoked partitions are no longer relevant. */
  onUnassigned(): void;
  /** Before the consumer disconnects: afterwards it does not use the consumer any more. */
  stop(): Promise<void>;
  /**
   * After the end of the consumer.
   *
   * @param exiting the process is about to end
   */
  end(exiting: boolean): Promise<void>;
}
