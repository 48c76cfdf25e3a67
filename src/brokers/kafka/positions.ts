import { KAFKA } from './errors';
import type { NativeConsumer, TopicPartitionOffset, TopicPartitionOffsetAndMetadata } from './native';
import type { PartitionAssignment } from './partition-assignment';
import type { SessionOptions } from './session-options';

/** Between two commits of what is settled beyond the positions, ms. */
const INTERVAL = 1_000;
/** Looking it up takes at most this share of the main thread: it may be a million messages behind one slow image. */
const LARGEST_SHARE = 0.02;
/** Without a code, the client reports an error of one partition by its text only. */
const REFUSAL = /offset metadata string too large|commit offset data size is not valid/i;

interface Session {
  readonly consumer: NativeConsumer;
  readonly assignments: ReadonlyMap<number, PartitionAssignment>;
  /** Connected, and as far as is known the broker answers and the assignment is valid. */
  isMember(): boolean;
  /** Runs a call of the consumer, unless it is disconnecting. */
  attempt(action: () => unknown): void;
}

/**
 * The positions of a session's partitions. The client commits stored positions by itself, but only when they advance,
 * which a slow image can prevent for long. So what is settled beyond them is committed every second, in the metadata:
 * a crash then repeats only unsettled messages.
 */
export class Positions {
  #dueAt = 0;
  #areRangesOff: boolean;
  /** The last metadata that was committed. */
  #sent = new WeakMap<PartitionAssignment, string>();

  constructor(
    private readonly options: Pick<SessionOptions, 'commits' | 'log' | 'source' | 'companion'>,
    private readonly session: Session,
  ) {
    // A transaction contains an outcome only together with all earlier ones.
    this.#areRangesOff = options.companion !== undefined || options.source.group === null;
    session.consumer.on('offset.commit', (error: unknown, offsets: (TopicPartitionOffset | Error)[]) =>
      this.#onCommitted(error, offsets),
    );
  }

  /** The next automatic commit makes them durable. */
  store(assignments: Iterable<PartitionAssignment>): void {
    const offsets = [...assignments].flatMap((assignment) => assignment.toStore() ?? []);
    if (offsets.length === 0) return;
    // Refused (ERR__STATE) during shutdown or for revoked partitions: their messages are redelivered.
    this.session.attempt(() => this.session.consumer.offsetsStore(offsets) as unknown);
    this.options.commits.stored(offsets);
  }

  /** Called repeatedly. */
  commitWhenDue(): void {
    if (!this.#areRangesOff && performance.now() >= this.#dueAt)
      this.commitRanges(this.session.assignments.values());
  }

  /** Commits at once what is settled beyond these positions; does not wait for the broker. */
  commitRanges(assignments: Iterable<PartitionAssignment>): void {
    // Otherwise the client would commit later, perhaps in the next generation.
    if (this.#areRangesOff || !this.session.isMember()) return;
    const startedAt = performance.now();
    const commits: TopicPartitionOffsetAndMetadata[] = [];
    for (const assignment of assignments) {
      const commit = assignment.state === 'lost' ? undefined : assignment.toCommit();
      if (commit === undefined || commit.metadata === this.#sent.get(assignment)) continue;
      this.#sent.set(assignment, commit.metadata);
      commits.push(commit);
    }
    const endedAt = performance.now();
    this.#dueAt = endedAt + Math.max(INTERVAL, (endedAt - startedAt) / LARGEST_SHARE);
    if (commits.length > 0) this.session.attempt(() => this.session.consumer.commit(commits));
  }

  /**
   * @param error librdkafka's code of a commit that failed as a whole
   * @param offsets with an error in place of each offset that was refused
   */
  #onCommitted(error: unknown, offsets: readonly (TopicPartitionOffset | Error)[]): void {
    if (!error) this.options.commits.confirmed(offsets as readonly Partial<TopicPartitionOffset>[]);
    const reasons = offsets.flatMap((one) => ('message' in one ? one.message : []));
    if (!error && reasons.length === 0) return;
    // The next commit repeats what may be missing.
    this.#sent = new WeakMap();
    const isTooLarge =
      error === KAFKA.OFFSET_METADATA_TOO_LARGE || error === KAFKA.INVALID_COMMIT_OFFSET_SIZE;
    if (isTooLarge || reasons.some((reason) => REFUSAL.test(reason))) this.#onRefusal();
  }

  /** Positions with metadata would never be committed. */
  #onRefusal(): void {
    if (this.#areRangesOff) return;
    this.#areRangesOff = true;
    this.options.log.warn(
      {},
      'Kafka refused the metadata of a commit (offset.metadata.max.bytes); a crash may repeat more messages',
    );
    const assignments = [...this.session.assignments.values()];
    for (const assignment of assignments) assignment.forgetSettled();
    this.store(assignments);
  }
}
