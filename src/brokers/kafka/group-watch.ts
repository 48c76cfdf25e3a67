import { waitAtMost } from '../../core/async/timeout';
import { messageOf } from '../../core/errors';
import type { PartitionLag } from '../../core/ports';
import { GroupObserver, type GroupObserverOptions, type PartitionSight } from './group-observer';

/** Between two looks, ms. */
const INTERVAL = 3_000;
/** For a look that is under way when nobody wants it any more, ms. */
const CLOSE_TIMEOUT = 3_000;
/** A partition in which nothing is committed for so long although messages wait is told, ms. */
const TELL = 8_000;
/** And so long after that all partitions are assigned anew, ms; each time it does not help, twice as long. */
const FIRST_REMEDY = 2_000;
const LAST_REMEDY = 600_000;

export interface GroupWatchOptions extends GroupObserverOptions {
  /** How long any member may need for one message, ms. */
  readonly handlingMs: number;
  /** Partitions of this member, which watches them itself. */
  readonly ours: () => ReadonlySet<number>;
  /** Makes the group assign all its partitions anew. */
  readonly reassign: () => Promise<void>;
  /**
   * The topic was deleted and made again: positions in the old one say nothing of it.
   *
   * @param since `performance.now()` when the old topic was still there
   */
  readonly onNewTopic: (since: number) => void;
}

interface Stuck extends PartitionSight {
  readonly since: number;
  /** A message was seen there. */
  confirmed: boolean;
}

/**
 * Looks at the whole group from outside. Kafka gives a static member that comes back under its old name its old assignment,
 * without a rebalance (KIP-345); if it died while it was giving a partition back, that partition is nobody's from then on,
 * with all members content. Each member looks, since any of them may die.
 */
export class GroupWatch {
  readonly #observer: GroupObserver;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;
  #closed = false;
  #topic: { readonly id: string; readonly at: number } | undefined;
  #stuck = new Map<number, Stuck>();
  #remedyAfter = FIRST_REMEDY;
  /** The first look is over, however it ended: from now on a topic that is made anew is noticed. */
  looked = false;

  constructor(private readonly options: GroupWatchOptions) {
    this.#observer = new GroupObserver(options);
    this.#timer = setInterval(() => this.#lookAgain(), INTERVAL);
    this.#timer.unref();
    this.#lookAgain();
  }

  /** How far behind the partitions are that no member moves on. */
  get standing(): readonly PartitionLag[] {
    const { topic } = this.options;
    return this.#confirmed().map(({ partition, next, end }) => ({ topic, partition, messages: end - next }));
  }

  /** Resolves when its client is gone, or is left to itself since it does not come back. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#looking !== undefined) await waitAtMost(this.#looking, CLOSE_TIMEOUT);
    if (this.#looking === undefined) await this.#observer.close();
  }

  #confirmed(): Stuck[] {
    return [...this.#stuck.values()].filter(({ confirmed }) => confirmed);
  }

  #lookAgain(): void {
    this.#looking ??= this.#look();
  }

  async #look(): Promise<void> {
    try {
      const sight = await this.#observer.look(this.options.ours);
      if (sight !== undefined) {
        this.#compare(sight.topicId);
        await this.#judge(sight.partitions, performance.now());
      }
    } catch (error) {
      // Not allowed to look, or no broker: neither is this one's to tell.
      this.options.log.debug({ error: messageOf(error) }, 'cannot look at the group');
      this.#stuck.clear();
      // The next look is by a new client: this one may never find back.
      await this.#observer.close();
    } finally {
      this.#looking = undefined;
      this.looked = true;
      if (this.#closed) await this.#observer.close();
    }
  }

  #compare(id: string): void {
    const before = this.#topic;
    this.#topic = { id, at: performance.now() };
    if (before !== undefined && before.id !== id && !this.#closed) this.options.onNewTopic(before.at);
  }

  get #patience(): number {
    return TELL + this.options.handlingMs;
  }

  async #judge(partitions: readonly PartitionSight[], now: number): Promise<void> {
    const before = this.#stuck;
    const waiting = partitions.filter(({ next, end }) => next < end);
    this.#stuck = new Map(
      waiting.map((sight) => {
        const last = before.get(sight.partition);
        const same = last?.next === sight.next;
        return [
          sight.partition,
          { ...sight, since: same ? last.since : now, confirmed: same && last.confirmed },
        ];
      }),
    );
    for (const one of this.#stuck.values())
      if (!one.confirmed && now - one.since >= this.#patience)
        one.confirmed = await this.#observer.hasMessage(one);
    await this.#remedy(now);
  }

  async #remedy(now: number): Promise<void> {
    const standing = this.#confirmed();
    if (standing.length === 0) this.#remedyAfter = FIRST_REMEDY;
    if (this.#closed || !standing.some(({ since }) => now - since >= this.#patience + this.#remedyAfter))
      return;
    this.#remedyAfter = Math.min(LAST_REMEDY, 2 * (this.#remedyAfter + TELL));
    const { topic, group, log, reassign } = this.options;
    log.warn(
      { topic, group, partitions: standing.map(({ partition }) => partition) },
      'no member of the group moves these partitions on; assigning all anew',
    );
    await reassign();
  }
}
