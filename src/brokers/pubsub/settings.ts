/** How to reach Pub/Sub. `PUBSUB_EMULATOR_HOST` and `GOOGLE_APPLICATION_CREDENTIALS` are read by the client itself. */
export interface PubsubSettings {
  /** The client finds it from the credentials if absent. */
  readonly project?: string;
}
