/**
 * Connection settings of Pub/Sub. `PUBSUB_EMULATOR_HOST` and `GOOGLE_APPLICATION_CREDENTIALS` are read by the client
 * itself.
 */
export interface PubsubSettings {
  /** If absent, the client derives it from the credentials. */
  readonly project?: string;
  /** For `--delivery exactly-once`; at least once if absent. See EffectivelyOnce. */
  readonly effectivelyOnce?: EffectivelyOnceSettings;
}

export interface EffectivelyOnceSettings {
  /** The input subscription; other subscriptions are not affected. */
  readonly subscription: string;
  /** Folder of the tables of published messages; outlives the process. */
  readonly folder: string;
}
