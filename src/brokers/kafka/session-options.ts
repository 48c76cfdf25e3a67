import type { Log, SourceOptions } from '../../core/ports';
import type { ClientErrors } from './client-errors';
import type { CommitClock } from './commit-clock';
import type { OnHealth } from './health';
import type { RecentEvent } from './recent-event';
import type { NativeSdk, Properties } from './native';

export interface SessionOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  /** For people, `bootstrap.servers`. */
  readonly address: string;
  readonly source: SourceOptions;
  readonly log: Log;
  /** Positions from which a standalone reader resumes; updated while it reads. */
  readonly positions: Map<number, number>;
  /** Times without a reachable broker, of this source's present and former sessions. */
  readonly outages: RecentEvent;
  /** Partitions that were stuck until a new session was started, by `topic/partition`. */
  readonly stalls: Map<string, { readonly offset: number; readonly at: number }>;
  readonly errors: ClientErrors;
  readonly commits: CommitClock;
  /**
   * Positions in a topic that was deleted and recreated, by partition: where the group still has them, they are
   * wrong.
   */
  readonly stale: Map<number, number>;
  /**
   * An earlier session was a working member: a partition without a committed offset is new, and is read from its
   * beginning.
   */
  readonly returning: boolean;
  /** Of a client that observes the group from outside; undefined where the broker does not support it. */
  readonly observer: Properties | undefined;
  readonly onStatus: OnHealth;
  /** Times at which a member of the same name fenced a session. */
  readonly fencings: RecentEvent;
  /**
   * Advances the source in transactions, instead of commits. A process with the member's name has the producer's name,
   * too.
   */
  readonly companion?: SessionCompanion | undefined;
}

/** What a session asks and reports to a producer that advances the source in its transactions. */
export interface SessionCompanion {
  /**
   * Whether another process has this one's name, when the consumer was fenced. A process that replaces this one opens
   * its producer first. A former process that was frozen has an older producer, though its consumer takes the name
   * again when it resumes. Never rejects.
   */
  isReplaced(): Promise<boolean>;
  /** Deliveries of revoked partitions are no longer relevant. */
  onUnassigned(): void;
}
