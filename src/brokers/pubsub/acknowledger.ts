import type { Message } from '@google-cloud/pubsub';

import type { SubscriptionFacts } from './subscription';

/** Acknowledges messages whose outcome is published: the two delivery guarantees differ only here. */
export interface Acknowledger {
  /**
   * Before the first message of each stream arrives. Rejects with errors that retrying cannot fix.
   *
   * @param project the client's, known once it has called Pub/Sub
   */
  open(project: string, facts: SubscriptionFacts): Promise<void>;
  /** Its outcome was published before: it only needs its ack, and must not be delivered. */
  isPublished(message: Message): boolean;
  /** Returns at once. A message that was sent twice may be included twice. */
  acknowledge(messages: readonly Message[]): void;
  /** It remembers published messages, so a seek would not have them classified again. */
  readonly remembers?: boolean;
  /** Resolves when nothing is pending. */
  close(): Promise<void>;
}

/** At least once: acked; if the ack is lost, the message is classified and published again under the same id. */
export const plainAcknowledger: Acknowledger = {
  open: async () => undefined,
  isPublished: () => false,
  acknowledge(messages) {
    for (const message of messages) message.ack();
  },
  close: async () => undefined,
};
