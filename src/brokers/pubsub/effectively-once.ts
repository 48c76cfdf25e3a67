import type { Message } from '@google-cloud/pubsub';
import { join } from 'node:path';

import { messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';
import type { Acknowledger } from './acknowledger';
import { PublishedTable } from './published-table';
import type { EffectivelyOnceSettings } from './settings';
import type { SubscriptionFacts } from './subscription';

/** Between two warnings of one kind, ms. */
const QUIET = 10_000;

/** Number of acks by result. */
export interface AckCounts {
  confirmed: number;
  /**
   * Refused or permanently failed (the client retries temporary failures for ten minutes): left to the redelivery.
   */
  refused: number;
  /** Redelivered after their outcome was published, and only acked. */
  redelivered: number;
}

/**
 * Effectively once: publish, record the message's id, ack, and record the confirmation of the ack.
 *
 * Pub/Sub cannot publish and ack in one step. The table of published ids closes the gap: a message without a
 * confirmed ack is redelivered, found in the table, and only acked. A duplicate remains possible in three cases. The
 * process dies after Pub/Sub accepted the outcome and before its id is written. A power cut loses the last appends.
 * Another machine gets the redelivery, since the table is local.
 *
 * The subscription should have exactly-once delivery (https://cloud.google.com/pubsub/docs/exactly-once-delivery):
 * then a confirmed ack is final, and a leased message has one reader. Without it the table still prevents duplicates,
 * as far back as it goes.
 */
export class EffectivelyOnce implements Acknowledger {
  readonly remembers = true;
  readonly counts: AckCounts = { confirmed: 0, refused: 0, redelivered: 0 };
  #table: PublishedTable | undefined;
  readonly #underWay = new Set<Promise<void>>();
  readonly #warnedAt = new Map<string, number>();

  constructor(
    private readonly settings: EffectivelyOnceSettings,
    private readonly instanceId: string,
    private readonly log: Log,
  ) {}

  async open(project: string, { exactlyOnce }: SubscriptionFacts): Promise<void> {
    const { folder, subscription } = this.settings;
    if (exactlyOnce === false) {
      const remedy = `gcloud pubsub subscriptions update ${subscription} --enable-exactly-once-delivery`;
      this.log.warn(
        { subscription, remedy },
        'the subscription has no exactly-once delivery; acks may be lost silently',
      );
    }
    const own = join(folder, tableName(project, subscription));
    this.#table ??= await PublishedTable.open(own, this.instanceId, this.log);
  }

  isPublished(message: Message): boolean {
    if (this.#table?.has(identityOf(message)) !== true) return false;
    this.counts.redelivered++;
    return true;
  }

  acknowledge(messages: readonly Message[]): void {
    const work = this.#acknowledge(messages);
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#table?.close();
    const { confirmed, refused, redelivered } = this.counts;
    if (refused + redelivered > 0)
      this.log.info(
        { confirmed, refused, redelivered },
        'some acknowledgements were refused, or their messages redelivered; skipped the copies',
      );
  }

  /** Never rejects: the redelivery corrects failures. */
  async #acknowledge(messages: readonly Message[]): Promise<void> {
    // In the table from now on: a copy that arrives before the ack must not be delivered.
    await this.#keep(() => this.#table?.addPublished([...new Set(messages.map(identityOf))]));
    const answers = await Promise.all(messages.map(refusalOf));
    const confirmed = new Set(messages.filter((_, i) => answers[i] === null).map(identityOf));
    const refused = new Set(messages.map(identityOf)).size - confirmed.size;
    this.counts.confirmed += confirmed.size;
    this.counts.refused += refused;
    if (refused > 0) this.#warn('refused', answers.find((answer) => answer !== null) ?? '');
    if (confirmed.size > 0) await this.#keep(() => this.#table?.addAcknowledged([...confirmed]));
  }

  /**
   * An unwritable table does not delay the ack: the outcome is published, and the ack makes a duplicate unlikely. The
   * ids stay in memory, and the next successful write contains all of them.
   */
  async #keep(write: () => Promise<void> | undefined): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#warn('unwritten', messageOf(error));
    }
  }

  #warn(kind: 'refused' | 'unwritten', reason: string): void {
    const now = performance.now();
    if (now - (this.#warnedAt.get(kind) ?? -Infinity) < QUIET) return;
    this.#warnedAt.set(kind, now);
    const { subscription } = this.settings;
    if (kind === 'refused') {
      const { refused } = this.counts;
      this.log.warn(
        { subscription, reason, refused },
        'acks were refused; the messages will be redelivered and acked',
      );
    } else {
      this.log.error(
        { subscription, reason },
        'published ids cannot be written; a crash now may cause duplicates',
      );
    }
  }
}

/** Acks, and resolves with null when that is confirmed, else with the reason. */
async function refusalOf(message: Message): Promise<string | null> {
  try {
    const answer = await message.ackWithResponse();
    return answer === 'SUCCESS' ? null : answer;
  } catch (error) {
    return messageOf(error);
  }
}

/** Different for each subscription: those of one topic have messages with the same ids. */
function tableName(project: string, subscription: string): string {
  const [, owner = project, id = subscription] =
    /^projects\/([^/]+)\/subscriptions\/(.+)$/.exec(subscription) ?? [];
  return `${owner.replace(/[^\w.-]/g, '_')}_${encodeURIComponent(id)}`;
}

/** Includes the publish time: a restarted emulator assigns the same ids again. */
function identityOf(message: Message): string {
  return `${message.id}@${message.publishTime.getTime()}`;
}
