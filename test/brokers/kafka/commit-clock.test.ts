import { CommitClock } from '../../../src/brokers/kafka/commit-clock';

const at = (offset: number, partition = 0) => [{ topic: 'images', partition, offset }];

function createClock(): { clock: CommitClock; times: number[] } {
  const clock = new CommitClock();
  const times: number[] = [];
  clock.listener = (ms) => void times.push(ms);
  return { clock, times };
}

describe('the clock of commits', () => {
  it('measures from the first stored position to its confirmation', () => {
    const { clock, times } = createClock();
    clock.stored(at(5), 100);
    clock.stored(at(9), 150);
    clock.confirmed(at(9), 300);
    clock.confirmed(at(9), 400);
    expect(times).toEqual([200]);
  });

  it('continues with a position that was stored after the request', () => {
    const { clock, times } = createClock();
    clock.stored(at(5), 100);
    clock.stored(at(9), 150);
    clock.confirmed(at(5), 300);
    clock.confirmed(at(9), 500);
    expect(times).toEqual([200, 350]);
  });

  it('ignores earlier positions, other partitions, and a client that has ended', () => {
    const { clock, times } = createClock();
    clock.stored(at(5), 100);
    clock.confirmed(at(4), 200);
    clock.confirmed(at(7, 1), 200);
    clock.clear();
    clock.confirmed(at(5), 300);
    expect(times).toEqual([]);
  });
});
