import { messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';
import { isTopicMissing, isUnreachable, kafkaCodeOf, KAFKA } from './errors';

/** An error that is not told again is over after so long, ms: the client reports what lasts over and over. */
const LASTS = 30_000;

/** What an error means for who runs this, and what to do. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [
    KAFKA.INCONSISTENT_GROUP_PROTOCOL,
    'another consumer in this group assigns partitions in another way. Give this program a group of its own, or set ' +
      'partition.assignment.strategy=cooperative-sticky there',
  ],
  [
    KAFKA.INVALID_SESSION_TIMEOUT,
    'session.timeout.ms is outside of what the broker allows (group.min.session.timeout.ms to group.max.session.timeout.ms)',
  ],
  [
    KAFKA.GROUP_MAX_SIZE_REACHED,
    'the group has as many members as the broker allows (group.max.size). Start fewer processes, or raise it',
  ],
  [
    KAFKA.MAX_POLL_EXCEEDED,
    'this process did not ask for messages for longer than max.poll.interval.ms and was put out of its group; it joins again',
  ],
  [
    KAFKA.BAD_MESSAGE,
    'a batch of messages is damaged, and its partition stands still before it. Look after the disk of the broker',
  ],
]);

/** Told elsewhere (connections, missing topics), or part of every rebalance and restart. */
const QUIET: ReadonlySet<number> = new Set([
  KAFKA.STATE,
  KAFKA.NO_OFFSET,
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.COORDINATOR_NOT_AVAILABLE,
  KAFKA.NOT_COORDINATOR,
  KAFKA.ILLEGAL_GENERATION,
  KAFKA.UNKNOWN_MEMBER_ID,
  KAFKA.REBALANCE_IN_PROGRESS,
  KAFKA.FATAL,
  KAFKA.FENCED,
  KAFKA.FENCED_INSTANCE_ID,
]);

/**
 * Errors that a client reports and that nothing else is done about: each is logged when it comes, with its meaning if that is
 * known, and is the state of the source for as long as it comes again. None is dropped for having no name here.
 */
export class ClientErrors {
  #reason: string | undefined;
  #lastAt = -Infinity;
  readonly #told = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(private readonly log: Log) {}

  /** @param meaning what this one means, if more is known than its code says */
  note(error: unknown, meaning = MEANINGS.get(kafkaCodeOf(error) ?? 0)): void {
    this.count(error);
    if (isQuiet(error)) return;
    const code = kafkaCodeOf(error) ?? 0;
    this.#reason = `${messageOf(error)} (${code})${meaning === undefined ? '' : `: ${meaning}`}.`;
    this.#lastAt = performance.now();
    const key = code < -1 || code > 0 ? String(code) : messageOf(error);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.log.warn({ code, error: messageOf(error) }, meaning ?? 'kafka consumer error');
  }

  /** Of one that says nothing yet. */
  count(error: unknown): void {
    const code = kafkaCodeOf(error) ?? 0;
    this.#counts.set(String(code), (this.#counts.get(String(code)) ?? 0) + 1);
    this.log.debug({ code, error: messageOf(error) }, 'kafka consumer error');
  }

  /** Partitions were assigned: what kept them from it is over. */
  clear(): void {
    this.#lastAt = -Infinity;
  }

  /** What is wrong now; undefined when nothing is. */
  get reason(): string | undefined {
    return performance.now() - this.#lastAt < LASTS ? this.#reason : undefined;
  }

  /** Since the start, by librdkafka's code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}

function isQuiet(error: unknown): boolean {
  return isUnreachable(error) || isTopicMissing(error) || QUIET.has(kafkaCodeOf(error) ?? 0);
}
