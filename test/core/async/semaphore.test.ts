import { Semaphore } from '../../../src/core/async/semaphore';

it('admits as many as it has permits, and the others in order', async () => {
  const semaphore = new Semaphore(2);
  const admitted: number[] = [];
  const releases = [0, 1, 2, 3].map((caller) =>
    semaphore.acquire().then((release) => {
      admitted.push(caller);
      return release;
    }),
  );
  const [first, second] = await Promise.all(releases.slice(0, 2));
  expect(admitted).toEqual([0, 1]);
  second?.();
  await releases[2];
  expect(admitted).toEqual([0, 1, 2]);
  first?.();
  await releases[3];
  expect(admitted).toEqual([0, 1, 2, 3]);
});

it('counts a permit that is released twice once', async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire();
  release();
  release();
  await semaphore.acquire();
  let admitted = false;
  void semaphore.acquire().then(() => (admitted = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(admitted).toBe(false);
});
