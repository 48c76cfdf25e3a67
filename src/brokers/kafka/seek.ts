import { setTimeout as sleep } from 'node:timers/promises';

import { Deferred } from '../../core/async/deferred';
import { StreamInferError } from '../../core/errors';
import { describePosition, offsetOf, type HeldOffsets, type ScanPosition } from '../../core/scan-range';
import type { SeekMove, SeekTarget } from '../../core/seek';
import { committedOffsets, offsetsAtTime, queryWatermarks } from './client';
import { boundedCall } from './calls';
import type { NativeConsumer, TopicPartitionOffset } from './native';
import type { PartitionAssignment } from './partition-assignment';
import type { Session } from './session';

/** Time for the broker to store the new positions, ms. */
const COMMIT_TIMEOUT = 5_000;
/** Between two checks of the commit, ms. */
const COMMIT_PAUSE = 20;

/** Seeks of a source, which run between two polls: no message of an old position may arrive afterwards. */
export class Seeks {
  #asked: { readonly position: ScanPosition; readonly done: Deferred<readonly SeekMove[]> } | undefined;

  /** Rejects with USAGE for a position that does not exist here. */
  async ask(
    target: SeekTarget,
    session: Session | undefined,
    wake: () => void,
  ): Promise<readonly SeekMove[]> {
    if (target.at === 'snapshot')
      throw usage('Kafka has no snapshots; seek to a time, an offset, earliest or latest');
    if (session === undefined)
      throw new StreamInferError(
        'SOURCE_LOST',
        'Kafka is not connected, so nothing was changed; try again later',
      );
    const done = new Deferred<readonly SeekMove[]>();
    this.#asked = { position: target, done };
    wake();
    return await done.promise;
  }

  /** Resolves with true if positions changed. */
  async serve(session: Session): Promise<boolean> {
    const asked = this.#asked;
    if (asked === undefined) return false;
    this.#asked = undefined;
    try {
      asked.done.resolve(await seek(session, asked.position));
      return true;
    } catch (error) {
      asked.done.reject(StreamInferError.from(error, 'BROKER_UNREACHABLE'));
      return false;
    }
  }

  /** The session has ended. */
  fail(): void {
    this.#asked?.done.reject(
      new StreamInferError('SOURCE_LOST', 'Kafka was lost during the seek; check the lag'),
    );
    this.#asked = undefined;
  }
}

interface Move extends SeekMove {
  readonly partition: number;
  readonly assignment: PartitionAssignment;
  readonly to: number;
}

async function seek(session: Session, position: ScanPosition): Promise<readonly SeekMove[]> {
  const assignments = [...session.assignments];
  if (assignments.some(({ state }) => state !== 'held')) throw reassigning();
  let moves: readonly Move[] = [];
  const done = await session.whileAssigned(assignments, async (consumer) => {
    moves = await findMoves(consumer, assignments, position);
    await commitBack(consumer, moves.map(toOffset));
    reassign(consumer, moves);
    for (const { assignment, to } of moves) session.renew(assignment, to);
  });
  if (!done) throw reassigning();
  return moves.map(({ topic, partition, from, to }) => ({ topic, partition, from, to }));
}

async function findMoves(
  consumer: NativeConsumer,
  assignments: readonly PartitionAssignment[],
  position: ScanPosition,
): Promise<readonly Move[]> {
  const [{ topic } = { topic: '' }] = assignments;
  const numbers = assignments.map(({ partition }) => partition);
  const held = await Promise.all(
    numbers.map(async (partition) => ({ partition, ...(await queryWatermarks(consumer, topic, partition)) })),
  );
  const times =
    position.at === 'time'
      ? await offsetsAtTime(consumer, topic, numbers, position.ms)
      : new Map<number, number>();
  assertHere(position, held);
  const committed = await committedOffsets(
    consumer,
    numbers.map((partition) => ({ topic, partition })),
  );
  return assignments.flatMap((assignment, i) => {
    const one = held[i] as HeldOffsets;
    const to = offsetOf(position, one, () => times.get(one.partition) ?? one.high);
    if (to === undefined) return [];
    const known = committed.find(({ partition }) => partition === one.partition)?.offset ?? -1;
    const from = assignment.position ?? (known < 0 ? null : known);
    return [
      { assignment, topic, partition: one.partition, from, to: Math.min(one.high, Math.max(one.low, to)) },
    ];
  });
}

/** A mistyped offset must not skip everything. */
function assertHere(position: ScanPosition, held: readonly HeldOffsets[]): void {
  const shown = held.map(({ partition, low, high }) => `${partition}: ${low} to ${high}`).join(', ');
  if (held.length === 0) throw usage('this process has no partition at present, so it has no position');
  if (position.at === 'offset' && !held.some((one) => isWithin(position.offset, one)))
    throw usage(`no partition of this process has the offset ${position.offset}; it has ${shown}`);
  if (position.at !== 'offsets') return;
  const named = held.filter(({ partition }) => position.offsets.has(partition));
  const wrong = named.find((one) => !isWithin(position.offsets.get(one.partition) ?? -1, one));
  if (named.length === 0 || wrong !== undefined)
    throw usage(`${describePosition(position)} is not a position of this process; it has ${shown}`);
}

function isWithin(offset: number, { low, high }: HeldOffsets): boolean {
  return offset >= low && offset <= high;
}

/**
 * Commits positions that may be earlier than the present ones, and resolves when the broker has them. The stored
 * positions come first: the client commits them by itself where they are later than the last commit.
 */
async function commitBack(consumer: NativeConsumer, offsets: readonly TopicPartitionOffset[]): Promise<void> {
  if (offsets.length === 0) return;
  consumer.offsetsStore([...offsets]);
  await boundedCall([consumer], 'commit', COMMIT_TIMEOUT, (done) =>
    consumer.commitCb([...offsets], (error) => done(error, undefined)),
  );
  const asked = offsets.map(({ topic, partition }) => ({ topic, partition }));
  for (const until = performance.now() + COMMIT_TIMEOUT; ; await sleep(COMMIT_PAUSE)) {
    const committed = await committedOffsets(consumer, asked);
    const isStored = ({ partition, offset }: TopicPartitionOffset): boolean =>
      committed.some((one) => one.partition === partition && one.offset === offset);
    if (offsets.every(isStored)) return;
    if (performance.now() > until)
      throw new StreamInferError('BROKER_UNREACHABLE', 'Kafka did not confirm the new positions; try again');
  }
}

/** Drops the prefetched messages, too. Not the client's `seek`: a later pause would restore the position before it. */
function reassign(consumer: NativeConsumer, moves: readonly Move[]): void {
  if (moves.length === 0) return;
  const partitions = moves.map(({ topic, partition }) => ({ topic, partition }));
  consumer.incrementalUnassign(partitions);
  consumer.incrementalAssign(moves.map(toOffset));
  // A pause survives reassignment; the source pauses again when nobody receives.
  consumer.resume(partitions);
}

function toOffset({ topic, partition, to }: Move): TopicPartitionOffset {
  return { topic, partition, offset: to };
}

function reassigning(): StreamInferError {
  const message = 'the partitions are being reassigned; nothing was changed, try again';
  return new StreamInferError('SOURCE_LOST', message);
}

function usage(message: string): StreamInferError {
  return new StreamInferError('USAGE', message);
}
