import { messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';
import { isTopicMissing, isUnreachable, kafkaCodeOf, KAFKA } from './errors';

/** An error that is not reported again within this time is over, ms: the client repeats persistent errors. */
const LASTS = 30_000;

/** Explanation and remedy of an error, for operators. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [
    KAFKA.INCONSISTENT_GROUP_PROTOCOL,
    'another consumer in this group uses a different assignment strategy; use a separate group, or set ' +
      'partition.assignment.strategy=cooperative-sticky there',
  ],
  [
    KAFKA.INVALID_SESSION_TIMEOUT,
    'session.timeout.ms is outside of the limits of the broker (group.min.session.timeout.ms to group.max.session.timeout.ms)',
  ],
  [
    KAFKA.GROUP_MAX_SIZE_REACHED,
    'the group has reached its maximum size (group.max.size); start fewer processes, or raise the limit',
  ],
  [
    KAFKA.MAX_POLL_EXCEEDED,
    'this process did not poll within max.poll.interval.ms and was removed from its group; it rejoins',
  ],
  [
    KAFKA.BAD_MESSAGE,
    'a batch of messages is damaged and blocks its partition; check the disk of the broker',
  ],
]);

/** Reported elsewhere (connections, missing topics), or part of every rebalance and restart. */
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
 * Errors that a client reports and that have no other handling. Each is logged with its explanation, if known, and is
 * the state of the source while it repeats. Unknown errors are reported too.
 */
export class ClientErrors {
  #reason: string | undefined;
  #lastAt = -Infinity;
  readonly #reported = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(private readonly log: Log) {}

  /** @param meaning explanation of this one, if more is known than its code */
  note(error: unknown, meaning = MEANINGS.get(kafkaCodeOf(error) ?? 0)): void {
    this.count(error);
    if (isQuiet(error)) return;
    const code = kafkaCodeOf(error) ?? 0;
    this.#reason = `${messageOf(error)} (${code})${meaning === undefined ? '' : `: ${meaning}`}.`;
    this.#lastAt = performance.now();
    const key = code < -1 || code > 0 ? String(code) : messageOf(error);
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.log.warn({ code, error: messageOf(error) }, meaning ?? 'kafka consumer error');
  }

  /** Counts an error that has no consequence yet. */
  count(error: unknown): void {
    const code = kafkaCodeOf(error) ?? 0;
    this.#counts.set(String(code), (this.#counts.get(String(code)) ?? 0) + 1);
    this.log.debug({ code, error: messageOf(error) }, 'kafka consumer error');
  }

  /** Partitions were assigned: the errors that prevented it are over. */
  clear(): void {
    this.#lastAt = -Infinity;
  }

  /** The current error; undefined without one. */
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
