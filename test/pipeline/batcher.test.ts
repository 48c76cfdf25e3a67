import fc from 'fast-check';
import { Batcher } from '../../src/pipeline/batcher';
import { defaultPace } from '../../src/pipeline/pace';

const limits = { maxBatch: 4, parallelism: 2, maxInteractive: 3 };

describe('the batcher', () => {
  it('sends all waiting images to an idle worker at once', () => {
    const batcher = new Batcher<number>(limits);
    batcher.push('stream', 1);
    expect(batcher.take()?.items).toEqual([1]);
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
    expect(batcher.take()?.items).toEqual([0, 1, 2, 3]);
  });

  it('never has more than two batches a worker on their way', () => {
    const batcher = new Batcher<number>(limits);
    for (let i = 0; i < 100; i++) batcher.push('stream', i);
    let taken = 0;
    while (batcher.take()) taken++;
    expect(taken).toBe(4);
    batcher.done({ lane: 'stream' });
    expect(batcher.take()).not.toBeNull();
    expect(batcher.take()).toBeNull();
  });

  it('takes interactive images first, in batches of their own, and leaves the stream its turns', () => {
    const batcher = new Batcher<string>({ ...limits, maxInteractive: 10 });
    for (let i = 0; i < 20; i++) batcher.push('stream', `s${i}`);
    for (let i = 0; i < 6; i++) batcher.push('interactive', `i${i}`);
    expect(batcher.take()).toEqual({ lane: 'interactive', items: ['i0', 'i1', 'i2', 'i3'] });
    // A worker is idle.
    expect(batcher.take()?.lane).toBe('stream');
    for (let i = 0; i < 3; i++) expect(batcher.take()?.lane).toBe('stream');
    expect(batcher.take()).toBeNull();
    batcher.done({ lane: 'interactive' });
    expect(batcher.take()).toEqual({ lane: 'interactive', items: ['i4', 'i5'] });
    expect(batcher.take()?.lane).toBeUndefined();
  });

  it('never leaves the last images of the stream to wait for an end of interactive ones', () => {
    const batcher = new Batcher<string>({ maxBatch: 64, parallelism: 1, maxInteractive: 10 });
    batcher.push('interactive', 'a');
    expect(batcher.take()?.items).toEqual(['a']);
    batcher.push('stream', 'last');
    batcher.push('interactive', 'b');
    expect(batcher.take()).toBeNull();
    batcher.done({ lane: 'interactive' });
    expect(batcher.take()?.items).toEqual(['last']);
    expect(batcher.take()?.items).toEqual(['b']);
  });

  it('keeps the batches of the stream small for a second after an interactive image', () => {
    let now = 0;
    const batcher = new Batcher<number>({ ...limits, maxBatch: 256 }, defaultPace(2), undefined, () => now);
    const fill = () => Array.from({ length: 600 }, (_, i) => batcher.push('stream', i));
    fill();
    batcher.push('interactive', 0);
    expect(batcher.take()?.lane).toBe('interactive');
    // Nothing is measured yet.
    expect(batcher.take()?.items).toHaveLength(8);
    batcher.done({ lane: 'stream' });
    now = 999;
    // 0.1 ms an image.
    batcher.measured(100, 10);
    expect(batcher.take()?.items).toHaveLength(50);
    batcher.done({ lane: 'stream' });
    now = 1_000;
    expect(batcher.take()?.items).toHaveLength(256);
  });

  it('has one interactive batch on its way while the workers are busy, whatever waits', () => {
    const batcher = new Batcher<number>({ ...limits, maxInteractive: 1_000 });
    for (let i = 0; i < 100; i++) batcher.push('stream', i);
    while (batcher.take()) continue;
    for (let i = 0; i < 500; i++) batcher.push('interactive', i);
    expect(batcher.take()?.lane).toBe('interactive');
    expect(batcher.take()).toBeNull();
  });

  it('counts the free places of the interactive lane down to none', () => {
    const batcher = new Batcher<number>(limits);
    const rooms = [1, 2, 3].map((i) => {
      batcher.push('interactive', i);
      return batcher.interactiveRoom;
    });
    expect(rooms).toEqual([2, 1, 0]);
  });

  it('estimates from the measured rate when the interactive lane has room again', () => {
    const batcher = new Batcher<number>(limits);
    expect([batcher.interactiveRoom, batcher.interactiveRoomInMs(3)]).toEqual([3, 0]);
    for (let i = 0; i < 3; i++) batcher.push('interactive', i);
    expect(batcher.interactiveRoomInMs(2)).toBeNull();
    batcher.measured(4, 400);
    // Two images at 100 ms each, two workers.
    expect(batcher.interactiveRoomInMs(2)).toBeCloseTo(100);
    batcher.push('stream', 1);
    // Of two workers, one is with the stream meanwhile.
    expect(batcher.interactiveRoomInMs(2)).toBeCloseTo(300);
    for (let i = 0; i < 200; i++) batcher.measured(4, 40);
    expect(batcher.interactiveRoomInMs(2)).toBeCloseTo(30);
  });

  describe('with a backlog in the broker', () => {
    const large = { maxBatch: 256, parallelism: 2, maxInteractive: 3 };

    /** Batches of 1 to 40 at 0.1 ms an image and 0.5 ms each: 95 in the budget of 10 ms, 190 at the knee. */
    function reasonsWith(backlog: () => number | null): () => string {
      const batcher = new Batcher<number>(large, defaultPace(2), backlog);
      for (let i = 0; i < 400; i++) batcher.measured(1 + (i % 40), 0.1 * (1 + (i % 40)) + 0.5);
      return () => {
        batcher.push('stream', 0);
        batcher.take();
        batcher.done({ lane: 'stream' });
        return batcher.target.reason;
      };
    }

    it('is behind although nothing waits here', () => {
      const next = reasonsWith(() => 10_000);
      expect(Array.from({ length: 8 }, next)).toEqual([...Array<string>(7).fill('latency'), 'throughput']);
    });

    it('is not behind for what the workers take at once', () => {
      const next = reasonsWith(() => 180);
      expect(Array.from({ length: 20 }, next)).not.toContain('throughput');
    });

    it('uses its own queue where the backlog is unknown', () => {
      const next = reasonsWith(() => null);
      expect(Array.from({ length: 20 }, next)).not.toContain('throughput');
    });

    it('reads the backlog once for each batch', () => {
      const backlog = jest.fn(() => 0);
      const next = reasonsWith(backlog);
      for (let i = 0; i < 5; i++) next();
      expect(backlog).toHaveBeenCalledTimes(5);
    });
  });

  it('uses as many workers as its pace allows', () => {
    const pace = { ...defaultPace(2), parallelism: 1 };
    const batcher = new Batcher<number>(limits, pace);
    for (let i = 0; i < 3; i++) batcher.push('stream', i);
    expect(batcher.take()?.items).toEqual([0, 1, 2]);
    batcher.push('stream', 3);
    expect(batcher.take()).toBeNull();
    pace.parallelism = 2;
    expect(batcher.take()?.items).toEqual([3]);
  });

  it('hands out each item once, in the order of its lane', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('push', 'take', 'done'), { maxLength: 3000 }), (steps) => {
        const batcher = new Batcher<number>(limits);
        const out: number[] = [];
        let pushed = 0;
        for (const step of steps) {
          if (step === 'push') batcher.push('stream', pushed++);
          else if (step === 'take') out.push(...(batcher.take()?.items ?? []));
          else if (batcher.running > 0) batcher.done({ lane: 'stream' });
        }
        expect([...out, ...batcher.clear()]).toEqual(Array.from({ length: pushed }, (_, i) => i));
      }),
    );
  });
});
