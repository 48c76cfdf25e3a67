import { waitAtMost } from '../../core/async/timeout';
import { messageOf } from '../../core/errors';
import type { PartitionLag } from '../../core/ports';
import { GroupObserver, type GroupObserverOptions, type PartitionView } from './group-observer';
import { SeenMarks } from './seen-marks';
import { UnfetchedEnds } from './unfetched-ends';

/** Between two checks, ms. */
const INTERVAL = 3_000;
/** Time for a check in progress during `close`, ms. */
const CLOSE_TIMEOUT = 3_000;
/** A partition without a commit for this time, although messages wait, is reported, ms. */
const REPORT_AFTER = 8_000;
/** After this additional time all partitions are reassigned, ms; doubled after each attempt without effect. */
const FIRST_REMEDY = 2_000;
const LAST_REMEDY = 600_000;

export interface GroupWatchOptions extends GroupObserverOptions {
  /** Longest time that a member may need for one message, ms. */
  readonly handlingMs: number;
  /** Partitions of this member, which it watches itself. */
  readonly ours: () => ReadonlySet<number>;
  /** Makes the group reassign all its partitions. */
  readonly reassign: () => Promise<void>;
  /**
   * The topic was deleted and recreated: positions in the old one have no meaning.
   *
   * @param since `performance.now()` when the old topic still existed
   */
  readonly onNewTopic: (since: number) => void;
}

interface Stuck extends PartitionView {
  readonly since: number;
  /** A message was seen there. */
  confirmed: boolean;
}

/**
 * Watches the whole group from outside. Kafka returns the old assignment to a static member that rejoins, without a
 * rebalance (KIP-345). If that member died while it returned a partition, the partition stays unassigned and no
 * member notices. Each member watches, since any of them may die.
 */
export class GroupWatch {
  /** Of this member's own partitions. */
  readonly unfetchedEnds = new UnfetchedEnds((partitions) => this.#observer.ends(partitions));
  readonly #observer: GroupObserver;
  readonly #timer: NodeJS.Timeout;
  #checking: Promise<void> | undefined;
  #closed = false;
  #topic: { readonly id: string; readonly at: number } | undefined;
  #stuck = new Map<number, Stuck>();
  readonly #marks = new SeenMarks();
  #remedyAfter = FIRST_REMEDY;
  /** The first check is over, with any result: from now on a recreated topic is noticed. */
  checked = false;

  constructor(private readonly options: GroupWatchOptions) {
    this.#observer = new GroupObserver(options);
    this.#timer = setInterval(() => this.#checkAgain(), INTERVAL);
    this.#timer.unref();
    this.#checkAgain();
  }

  /** Lag of the partitions that no member advances. */
  get standing(): readonly PartitionLag[] {
    const { topic } = this.options;
    return this.#confirmed().map(({ partition, next, end }) => ({ topic, partition, messages: end - next }));
  }

  /** Resolves when its client is closed, or after a time-out. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    const idle = Promise.all([this.#checking, this.unfetchedEnds.asking]);
    await waitAtMost(
      idle.then(() => this.#observer.close()),
      CLOSE_TIMEOUT,
    );
  }

  #confirmed(): Stuck[] {
    return [...this.#stuck.values()].filter(({ confirmed }) => confirmed);
  }

  #checkAgain(): void {
    this.#checking ??= this.#check();
  }

  async #check(): Promise<void> {
    try {
      const view = await this.#observer.observe(this.options.ours);
      if (view !== undefined) {
        this.#compare(view.topicId);
        await this.#judge(view.partitions, performance.now());
      }
    } catch (error) {
      // No permission to describe the group, or no broker: both are reported elsewhere.
      this.options.log.debug({ error: messageOf(error) }, 'cannot describe the group');
      this.#stuck.clear();
      // The next check uses a new client: this one may never recover.
      await this.#observer.close();
    } finally {
      this.#checking = undefined;
      this.checked = true;
    }
  }

  #compare(id: string): void {
    const before = this.#topic;
    this.#topic = { id, at: performance.now() };
    if (before !== undefined && before.id !== id && !this.#closed) this.options.onNewTopic(before.at);
  }

  get #patience(): number {
    return REPORT_AFTER + this.options.handlingMs;
  }

  async #judge(partitions: readonly PartitionView[], now: number): Promise<void> {
    const before = this.#stuck;
    const waiting = partitions.filter(
      ({ partition, next, end, metadata }) => !this.#marks.isPaused(partition, metadata, now) && next < end,
    );
    this.#stuck = new Map(
      waiting.map((view) => {
        const last = before.get(view.partition);
        const same = last?.next === view.next;
        return [
          view.partition,
          { ...view, since: same ? last.since : now, confirmed: same && last.confirmed },
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
    this.#remedyAfter = Math.min(LAST_REMEDY, 2 * (this.#remedyAfter + REPORT_AFTER));
    const { topic, group, log, reassign } = this.options;
    log.warn(
      { topic, group, partitions: standing.map(({ partition }) => partition) },
      'no member of the group advances these partitions; reassigning all partitions',
    );
    await reassign();
  }
}
