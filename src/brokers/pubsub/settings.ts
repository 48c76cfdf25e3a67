/** How to reach Pub/Sub. `PUBSUB_EMULATOR_HOST` and `GOOGLE_APPLICATION_CREDENTIALS` are read by the client itself. */
export interface PubsubSettings {
  /** The client finds it from the credentials if absent. */
  readonly project?: string;
  /** What `--delivery exactly-once` asks for; at least once if absent. See EffectivelyOnce. */
  readonly effectivelyOnce?: EffectivelyOnceSettings;
}

export interface EffectivelyOnceSettings {
  /** The input subscription, the only one that this is about. */
  readonly subscription: string;
  /** Where the tables of published messages are kept; outlasts the process. */
  readonly folder: string;
}
