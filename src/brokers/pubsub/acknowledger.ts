import type { Message } from '@google-cloud/pubsub';

import type { SubscriptionFacts } from './subscription';

/** Tells Pub/Sub about messages whose outcome is published: the two promises of delivery differ only here. */
export interface Acknowledger {
  /**
   * Before the first message of each stream comes. Rejects with what waiting cannot mend.
   *
   * @param project the client's, known once it has talked to Pub/Sub
   */
  open(project: string, facts: SubscriptionFacts): Promise<void>;
  /** Its outcome was published before: it only wants its ack, and must not be given out. */
  isPublished(message: Message): boolean;
  /** Returns at once. A message sent twice may be among them twice. */
  acknowledge(messages: readonly Message[]): void;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/** At least once: acked, and if the ack gets lost, classified and published again under the same id. */
export const plainAcknowledger: Acknowledger = {
  open: async () => undefined,
  isPublished: () => false,
  acknowledge(messages) {
    for (const message of messages) message.ack();
  },
  close: async () => undefined,
};
