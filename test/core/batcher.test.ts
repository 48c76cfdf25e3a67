import fc from 'fast-check';
import { Batcher } from '../../src/core/batcher';

const limits = { maxBatch: 4, parallelism: 2, maxInteractive: 3 };

describe('the batcher', () => {
  it('gives an idle worker at once what is there', () => {
    const batcher = new Batcher<number>(limits);
    batcher.push('stream', 1);
    expect(batcher.take()).toEqual([1]);
  });

  it('gives nothing when nothing waits', () => {
    expect(new Batcher<number>(limits).take()).toBeNull();
  });

  it('assembles a further batch behind busy workers only when it is full', () => {
    const batcher = new Batcher<number>(limits);
    for (let i = 0; i < 2; i++) {
      batcher.push('stream', i);
      batcher.take();
    }
    for (let i = 0; i < 3; i++) batcher.push('stream', i);
    expect(batcher.take()).toBeNull();
    batcher.push('stream', 3);
    expect(batcher.take()).toEqual([0, 1, 2, 3]);
  });

  it('never has more than two batches a worker on their way', () => {
    const batcher = new Batcher<number>(limits);
    for (let i = 0; i < 100; i++) batcher.push('stream', i);
    let taken = 0;
    while (batcher.take()) taken++;
    expect(taken).toBe(4);
    batcher.done();
    expect(batcher.take()).not.toBeNull();
    expect(batcher.take()).toBeNull();
  });

  it('takes interactive images first, but leaves the stream its share', () => {
    const batcher = new Batcher<string>(limits);
    for (let i = 0; i < 4; i++) batcher.push('stream', `s${i}`);
    for (let i = 0; i < 3; i++) batcher.push('interactive', `i${i}`);
    expect(batcher.take()).toEqual(['i0', 'i1', 's0', 's1']);
    expect(batcher.take()).toEqual(['i2', 's2', 's3']);
  });

  it('refuses when the interactive lane is full', () => {
    const batcher = new Batcher<number>(limits);
    expect([1, 2, 3, 4].map((i) => batcher.push('interactive', i))).toEqual([true, true, true, false]);
  });

  it('tells from the measured rate when the interactive lane has room again', () => {
    const batcher = new Batcher<number>(limits);
    expect([batcher.interactiveRoom, batcher.interactiveRoomInMs(3)]).toEqual([3, 0]);
    for (let i = 0; i < 3; i++) batcher.push('interactive', i);
    expect(batcher.interactiveRoomInMs(2)).toBeNull();
    batcher.measured(4, 400);
    // Two images at 100 ms each, two workers.
    expect(batcher.interactiveRoomInMs(2)).toBeCloseTo(100);
    batcher.push('stream', 1);
    // The stream takes its half.
    expect(batcher.interactiveRoomInMs(2)).toBeCloseTo(200);
    for (let i = 0; i < 200; i++) batcher.measured(4, 40);
    expect(batcher.interactiveRoomInMs(2)).toBeCloseTo(20);
  });

  it('hands out each item once, in the order of its lane', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('push', 'take', 'done'), { maxLength: 3000 }), (steps) => {
        const batcher = new Batcher<number>(limits);
        const out: number[] = [];
        let pushed = 0;
        for (const step of steps) {
          if (step === 'push') batcher.push('stream', pushed++);
          else if (step === 'take') out.push(...(batcher.take() ?? []));
          else if (batcher.running > 0) batcher.done();
        }
        expect([...out, ...batcher.clear()]).toEqual(Array.from({ length: pushed }, (_, i) => i));
      }),
    );
  });
});
