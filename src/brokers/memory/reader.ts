import type { Delivery } from '../../core/message';
import type { PartitionLag } from '../../core/ports';

/** What a source reads through: as a member of a group, or alone. */
export interface Reader {
  /** At most `max` deliveries; none if there is nothing or the limits in flight are reached. */
  take(max: number): Delivery[];
  settle(delivery: Delivery): void;
  isCurrent(delivery: Delivery): boolean;
  lag(): PartitionLag[];
  leave(): void;
}
