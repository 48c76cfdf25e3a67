import type { SourcePause } from '../../core/ports';
import { committedOffsets } from './client';
import type { NativeConsumer } from './native';
import type { PartitionAssignment } from './partition-assignment';
import type { Session } from './session';

/** A mark is renewed after this time, ms. */
const RENEW = 20_000;

/**
 * Marks the committed positions of a paused member, so that the other members of its group do not report its
 * partitions as abandoned.
 */
export class PauseMark implements SourcePause {
  #isPaused = false;
  #markedAt = -Infinity;

  pause(): void {
    this.#isPaused = true;
  }

  /** The next pause marks at once. */
  resume(): void {
    this.#isPaused = false;
    this.#markedAt = -Infinity;
  }

  /** Renews the mark when that is due, during a pause. The next commit of a position removes it. */
  async renew(session: Session): Promise<void> {
    if (!this.#isPaused) return;
    const assignments = [...session.assignments];
    const isBusy = assignments.some(({ unsettled }) => unsettled > 0);
    if (assignments.length === 0 || isBusy || performance.now() - this.#markedAt < RENEW) return;
    this.#markedAt = performance.now();
    // A failure does not matter: the mark is renewed.
    await session
      .whileAssigned(assignments, (consumer) => commitMarked(consumer, assignments))
      .catch(() => undefined);
  }
}

async function commitMarked(
  consumer: NativeConsumer,
  assignments: readonly PartitionAssignment[],
): Promise<void> {
  const asked = assignments.map(({ topic, partition }) => ({ topic, partition }));
  const committed = await committedOffsets(consumer, asked);
  const now = Date.now();
  const marks = assignments.flatMap((assignment) => {
    const known = committed.find((one) => one.partition === assignment.partition)?.offset ?? -1;
    const offset = assignment.position ?? known;
    return offset < 0 ? [] : [assignment.toPausedCommit(offset, now)];
  });
  if (marks.length > 0) consumer.commitCb(marks, () => undefined);
}
