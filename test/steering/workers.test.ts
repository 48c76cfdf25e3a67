import { Workers, type ResizablePool } from '../../src/steering/workers';
import { SILENT_LOG } from '../helpers/services';

/** A pool of two workers, of at most four, that resizes at once. */
function stage(fields: Partial<ConstructorParameters<typeof Workers>[0]> = {}, canResize = true) {
  const pool = {
    workers: 2,
    canResize,
    resize: jest.fn(async (workers: number): Promise<void> => {
      pool.workers = workers;
    }),
  } satisfies ResizablePool;
  const workers = new Workers({ pool: () => pool, configured: 'auto', most: 4, log: SILENT_LOG, ...fields });
  const sample = async (utilization: number, times: number): Promise<number> => {
    for (let i = 0; i < times; i++) {
      workers.sample(utilization);
      await Promise.resolve();
      await Promise.resolve();
    }
    return pool.workers;
  };
  return { workers, pool, sample };
}

it('doubles busy workers up to the largest number, and ends idle ones one by one', async () => {
  const { sample } = stage();
  expect(await sample(0.9, 1)).toBe(2);
  expect(await sample(0.9, 1)).toBe(4);
  expect(await sample(1, 10)).toBe(4);
  expect(await sample(0.6, 200)).toBe(4);
  expect(await sample(0.05, 59)).toBe(4);
  expect(await sample(0.05, 1)).toBe(3);
  expect(await sample(0.05, 200)).toBe(1);
  expect(await sample(0.6, 100)).toBe(1);
  expect(await sample(0.95, 2)).toBe(2);
});

it('keeps a number that an operator set, until it follows the utilisation again', async () => {
  const { workers, sample } = stage();
  expect(await workers.set(3)).toBe(3);
  expect(workers.state()).toEqual({ now: 3, most: 4, mode: 'fixed' });
  expect(await sample(1, 5)).toBe(3);
  await workers.set('auto');
  expect(await sample(1, 5)).toBe(4);
});

it('refuses numbers beyond its bounds, and two changes at once', async () => {
  const { workers, pool } = stage();
  await expect(workers.set(5)).rejects.toThrow('must be 1 to 4 or auto (got 5)');
  pool.resize.mockImplementation(() => new Promise<void>(() => undefined));
  void workers.set(1);
  await expect(workers.set(4)).rejects.toMatchObject({ code: 'STEERING_BUSY' });
});

it('continues after workers that could not be started', async () => {
  const { workers, pool, sample } = stage();
  pool.resize.mockRejectedValueOnce(new Error('no memory'));
  expect(await sample(1, 2)).toBe(2);
  expect(await sample(1, 4)).toBe(4);
  expect(workers.state()).toMatchObject({ now: 4 });
});

it('changes nothing with a latency goal, outside of worker threads, and before the model is loaded', async () => {
  await expect(stage({ fixedBy: 'the goal decides' }).workers.set(1)).rejects.toThrow('the goal decides');
  await expect(stage({}, false).workers.set(1)).rejects.toThrow('does not run in worker threads');
  const { workers } = stage({ pool: () => null });
  workers.sample(1);
  expect(workers.state()).toBeNull();
});
