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

/** What happened to the acks so far. */
export interface AckCounts {
  confirmed: number;
  /** Refused or failed for good (the client retries what may pass for ten minutes): left to the redelivery. */
  refused: number;
  /** Came again after their outcome was published, and were only acked. */
  redelivered: number;
}

/**
 * Effectively once: publish, record the message's id, ack, and note the ack's confirmation.
 *
 * Publish and ack cannot be one step on Pub/Sub. What closes the gap is the table of published ids: a message whose ack
 * failed, got lost, or was not sent before the process died comes again, is found in the table, and is only acked.
 * A duplicate remains possible where the process dies after Pub/Sub took the outcome and before its id is written (the
 * way of the confirmation and one append to a file), where a power cut takes the last appends, or where another machine
 * gets the redelivery, since the table belongs to this one.
 *
 * The subscription should have exactly-once delivery (https://cloud.google.com/pubsub/docs/exactly-once-delivery):
 * then a confirmed ack is final, and a message is given to nobody else while it is leased. Without it the table still
 * keeps what comes again from being published again, as far back as it remembers.
 */
export class EffectivelyOnce implements Acknowledger {
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
        'The subscription was made without exactly-once delivery: its acks may get lost without a word.',
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
    if (refused + redelivered > 0) this.log.info({ confirmed, refused, redelivered }, 'acks of this run');
  }

  /** Never rejects: what goes wrong here is made good by the redelivery. */
  async #acknowledge(messages: readonly Message[]): Promise<void> {
    // In the table from this moment on: a copy that arrives before the ack must not be given out.
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
   * A table that cannot be written is no reason to keep the ack back: the outcome is published, and the ack is what
   * makes a duplicate unlikely. The ids are in memory, and the next write that works writes all of them.
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
        'Acks were refused; the messages come again to be acked.',
      );
    } else {
      this.log.error({ subscription, reason }, 'Published ids are not written; a crash now may repeat them.');
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

/** The publish time belongs to it: an emulator that was started again gives out the same ids anew. */
function identityOf(message: Message): string {
  return `${message.id}@${message.publishTime.getTime()}`;
}
