import type { Log, SourceOptions } from '../../core/ports';
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
  /** A member of the same name shut one of them out. */
  readonly fencings: Lately;
  /** Its offsets are committed by a transactional producer, whose name is another one's too if the member's is. */
  readonly transactional: boolean;
  /** Only where transactions advance the source: partitions were given back. */
  readonly onUnassigned?: (() => void) | undefined;
}
