/** Settings of the in-process broker. */
export interface MemorySettings {
  /** Partitions of a topic that is created on first use. */
  readonly partitions: number;
  /**
   * Messages kept in a partition; beyond it the oldest settled ones are dropped, and a publisher waits for unsettled
   * ones.
   */
  readonly retention: number;
  /** An unsettled delivery is redelivered after this time, ms. */
  readonly redeliverAfterMs: number;
}
