import { PartitionAssignment } from '../../../src/brokers/kafka/partition-assignment';

describe('a assignment of a partition', () => {
  it('moves its position only over what is settled without a gap', () => {
    const assignment = new PartitionAssignment('t', 0);
    for (const offset of [5, 6, 8]) assignment.handOut(offset, 10);
    expect(assignment.toStore()).toBeUndefined();
    expect(assignment.settle(6, 10)).toBe(false);
    expect(assignment.settle(5, 10)).toBe(true);
    expect(assignment.toStore()).toEqual({ topic: 't', partition: 0, offset: 7 });
    expect(assignment).toMatchObject({ unsettled: 1, bytes: 10 });
  });

  it('counts a second settle of the same delivery for nothing', () => {
    const assignment = new PartitionAssignment('t', 0);
    assignment.handOut(0, 10);
    assignment.handOut(1, 10);
    for (const offset of [1, 1, 0, 0]) assignment.settle(offset, 10);
    expect(assignment).toMatchObject({ unsettled: 0, bytes: 0, position: 2 });
  });

  it('ignores settles once it is lost', () => {
    const assignment = new PartitionAssignment('t', 0);
    assignment.handOut(0, 10);
    assignment.state = 'lost';
    expect(assignment.settle(0, 10)).toBe(false);
    expect(assignment.position).toBeUndefined();
  });

  it('is drained when everything out is settled, or when time is up', async () => {
    const assignment = new PartitionAssignment('t', 0);
    assignment.handOut(0, 10);
    const drained = assignment.drain(new AbortController().signal);
    expect(assignment.state).toBe('draining');
    assignment.settle(0, 10);
    await drained;
    assignment.handOut(1, 10);
    await assignment.drain(AbortSignal.timeout(10));
    expect(assignment.unsettled).toBe(1);
  });
});
