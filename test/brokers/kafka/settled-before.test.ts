import fc from 'fast-check';
import { settledIn } from '../../../src/brokers/kafka/commit-note';
import { PartitionAssignment } from '../../../src/brokers/kafka/partition-assignment';

interface Commit {
  readonly offset: number;
  readonly metadata?: string | null | undefined;
}

/** The assignment after a restart from this commit. */
function resume({ offset, metadata }: Commit): PartitionAssignment {
  const ranges = settledIn(offset, metadata);
  return new PartitionAssignment('t', 0, undefined, ranges && { from: offset, ranges });
}

/** Receives these messages, and returns the offsets that are handed out. */
function receive(assignment: PartitionAssignment, offsets: readonly number[]): number[] {
  return offsets.filter((offset) => {
    if (assignment.skips(offset)) return false;
    assignment.handOut(offset, 1);
    return true;
  });
}

function settle(assignment: PartitionAssignment, offsets: readonly number[]): void {
  for (const offset of offsets) assignment.settle(offset, 1);
}

const upTo = (end: number, start = 0) => Array.from({ length: end - start }, (_, i) => start + i);

describe('an assignment after a crash', () => {
  it('hands out unsettled messages only', () => {
    const first = new PartitionAssignment('t', 0);
    receive(first, upTo(10));
    settle(first, [1, 2, 3, 5, 6, 7, 9]);
    const commit = first.toCommit();
    expect(commit).toMatchObject({ topic: 't', partition: 0, offset: 0 });
    const second = resume(commit as Commit);
    expect(receive(second, upTo(12))).toEqual([0, 4, 8, 10, 11]);
    expect(second.unsettled).toBe(5);
    settle(second, [0]);
    expect(second.position).toBe(4);
    settle(second, [4, 8]);
    expect(second.position).toBe(10);
  });

  it('still knows what it has not received yet, over a second crash', () => {
    const first = new PartitionAssignment('t', 0);
    receive(first, upTo(100));
    settle(first, upTo(100, 1));
    const second = resume(first.toCommit() as Commit);
    expect(receive(second, upTo(10))).toEqual([0]);
    expect(receive(resume(second.toCommit() as Commit), upTo(101))).toEqual([0, 100]);
  });

  it('repeats the ranges with each stored position until that has passed them', () => {
    const first = new PartitionAssignment('t', 0);
    receive(first, upTo(10));
    settle(first, [2, 4, 5]);
    first.toCommit();
    settle(first, [0]);
    expect(receive(resume(first.toStore() as Commit), upTo(10, 1))).toEqual([1, 3, 6, 7, 8, 9]);
    settle(first, [1, 3]);
    expect(first.toStore()).toEqual({ topic: 't', partition: 0, offset: 6 });
  });

  it('has no ranges to commit when all is settled in order, or nothing is received', () => {
    const assignment = new PartitionAssignment('t', 0);
    expect(assignment.toCommit()).toBeUndefined();
    receive(assignment, [5, 6]);
    settle(assignment, [5]);
    expect(assignment.toCommit()).toBeUndefined();
  });

  it('drops the ranges when the offsets begin again below the commit', () => {
    const first = new PartitionAssignment('t', 0);
    receive(first, upTo(20, 10));
    settle(first, upTo(20, 11));
    const second = resume(first.toCommit() as Commit);
    expect(receive(second, upTo(20))).toEqual(upTo(20));
    settle(second, [0]);
    expect(second.toStore()).toEqual({ topic: 't', partition: 0, offset: 1 });
  });

  it('keeps the ranges while an operator has paused it', () => {
    const first = new PartitionAssignment('t', 0);
    receive(first, upTo(10));
    settle(first, upTo(10, 1));
    const second = resume(first.toCommit() as Commit);
    const paused = second.toPausedCommit(0, 1_000);
    expect(paused.metadata).toMatch(/^stream-infer paused 1000 settled1 /);
    expect(receive(resume(paused as Commit), upTo(11))).toEqual([0, 10]);
  });

  it('never skips an unsettled message, and repeats no settled one after a commit of the ranges', () => {
    const round = fc.record({
      received: fc.nat(30),
      settled: fc.array(fc.nat(100), { maxLength: 40 }),
      last: fc.constantFrom('ranges', 'position', 'paused', 'ranges, then more'),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 120 }),
        fc.array(round, { minLength: 1, maxLength: 6 }),
        (offsets, rounds) => {
          const log = offsets.sort((a, b) => a - b);
          const done = new Set<number>();
          let commit: Commit = { offset: 0 };
          let known = new Set<number>();
          for (const { received, settled, last } of rounds) {
            const assignment = resume(commit);
            const { offset: from } = commit;
            expect(log.filter((offset) => offset < from && !done.has(offset))).toEqual([]);
            const arriving = log.filter((offset) => offset >= from).slice(0, received);
            const out = receive(assignment, arriving);
            expect(arriving.filter((offset) => !out.includes(offset) && !done.has(offset))).toEqual([]);
            expect(out.filter((offset) => known.has(offset))).toEqual([]);
            const ours = new Set(known);
            const settleSome = (which: readonly number[]): void => {
              const chosen = out.length === 0 ? [] : which.map((i) => out[i % out.length] as number);
              settle(assignment, chosen);
              for (const offset of chosen) {
                done.add(offset);
                ours.add(offset);
              }
            };
            const half = settled.length >> 1;
            settleSome(settled.slice(0, half));
            const ranges = last === 'position' ? undefined : (assignment.toCommit() ?? assignment.toStore());
            if (ranges !== undefined) {
              commit = ranges;
              known = new Set(ours);
            }
            if (last === 'paused') commit = assignment.toPausedCommit(commit.offset, 1);
            if (last === 'ranges, then more') settleSome(settled.slice(half));
            if (last !== 'ranges' && last !== 'paused') commit = assignment.toStore() ?? commit;
          }
        },
      ),
    );
  });
});
