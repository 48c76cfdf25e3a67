import type { ConnectionStatus, Log, SourceOptions } from '../../core/ports';
import type { ClientErrors } from './client-errors';
import type { Lately } from './lately';
import type { NativeSdk, Properties } from './native';

export interface SessionOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  /** For people, `bootstrap.servers`. */
  readonly address: string;
  readonly source: SourceOptions;
  readonly log: Log;
  /** A reader without a group goes on from here; filled as it reads. */
  readonly positions: Map<number, number>;
  /** Of this source's sessions, this one and the ones before: no broker was reached. */
  readonly outages: Lately;
  /** Where partitions stood still until a new session was tried, by `topic/partition`. */
  readonly stalls: Map<string, { readonly offset: number; readonly at: number }>;
  readonly errors: ClientErrors;
  /** Positions in a topic that was deleted and made again, by partition: where the group still has them they are wrong. */
  readonly stale: Map<number, number>;
  /** One of them was a working member before: a partition without a committed offset is new, and read from its beginning. */
  readonly returning: boolean;
  /** Of a client that looks at the group from outside; undefined where the broker cannot tell. */
  readonly observer: Properties | undefined;
  /** Told when the connection is lost, when it is back, and when the reason changes. */
  readonly heard: (status: ConnectionStatus) => void;
  /** A member of the same name shut one of them out. */
  readonly fencings: Lately;
  /** Its offsets are committed by a transactional producer, whose name is another one's too if the member's is. */
  readonly transactional: boolean;
  /** Only where transactions advance the source: partitions were given back. */
  readonly onUnassigned?: (() => void) | undefined;
}
