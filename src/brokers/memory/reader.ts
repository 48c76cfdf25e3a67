import type { Delivery } from '../../core/message';
import type { PartitionLag } from '../../core/ports';
import type { ScanPosition } from '../../core/scan-range';
import type { SeekMove } from '../../core/seek';

/** A source reads through this: as a member of a group, or standalone. */
export interface Reader {
  /** At most `max` deliveries; none without messages or at the in-flight limits. */
  take(max: number): Delivery[];
  settle(delivery: Delivery): void;
  isCurrent(delivery: Delivery): boolean;
  lag(): PartitionLag[];
  /** Moves the position; only in a group. */
  seek?(position: ScanPosition): SeekMove[];
  leave(): void;
}
