import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { withNeighbours } from '../../src/bench/neighbours';

/** Finds the living child processes of this one. */
function spinning(): number[] {
  const text = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('neighbours', () => {
  it('run during the work and end with it', async () => {
    const before = spinning();
    const during = await withNeighbours(2, 20_000, async () => {
      await sleep(300);
      return spinning();
    });
    expect(during).toHaveLength(before.length + 2);
    expect(spinning()).toEqual(before);
  });

  it('end when the work fails', async () => {
    const before = spinning();
    const failing = withNeighbours(1, 20_000, () => Promise.reject(new Error('failed')));
    await expect(failing).rejects.toThrow('failed');
    expect(spinning()).toEqual(before);
  });

  it('end when their time is over', async () => {
    const before = spinning();
    await withNeighbours(1, 100, async () => {
      for (let i = 0; i < 100 && spinning().length > before.length; i++) await sleep(50);
      expect(spinning()).toEqual(before);
    });
  });
});
