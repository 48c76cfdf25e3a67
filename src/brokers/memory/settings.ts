/** How the in-process broker behaves. */
export interface MemorySettings {
  /** Partitions of a topic that is made on first use. */
  readonly partitions: number;
  /** Messages kept in a partition; the oldest settled ones are dropped beyond it, and a publisher waits for unsettled ones. */
  readonly retention: number;
  /** A delivery that is not settled for so long comes again, ms. */
  readonly redeliverAfterMs: number;
}
