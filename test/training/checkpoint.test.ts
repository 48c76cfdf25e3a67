import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Checkpoint, type TrainingState } from '../../src/training/checkpoint';

const STATE: TrainingState = {
  reports: [],
  random: 7,
  weights: [Float32Array.of(1, 2)],
  best: { score: 0.5, values: [Float32Array.of(3, 4)] },
  average: { steps: 9, values: [Float32Array.of(5, 6)] },
  optimizer: { steps: 9, decays: [0.1, 0.2], moments: [{ shape: [2], values: Float32Array.of(7, 8) }] },
};

describe('Checkpoint', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-checkpoint-'));
  });
  afterEach(() => rm(dir, { recursive: true }));
  const at = (name: string, identity = 'one') => new Checkpoint(path.join(dir, name), identity);

  it('is absent, then has the last written state, then is deleted', async () => {
    const checkpoint = at('a');
    expect(await checkpoint.read()).toBeUndefined();
    await checkpoint.write({ ...STATE, random: 1 });
    await checkpoint.write(STATE);
    const read = await at('a').read();
    expect(read?.random).toBe(7);
    expect(Array.from(read?.optimizer.moments[0]?.values ?? [])).toEqual([7, 8]);
    expect(await readdir(dir)).toEqual(['a']);
    await checkpoint.remove();
    expect(await readdir(dir)).toEqual([]);
  });

  it('rejects the checkpoint of another training, and other files', async () => {
    await at('a').write(STATE);
    await expect(at('a', 'two').read()).rejects.toMatchObject({ code: 'USAGE' });
    await writeFile(path.join(dir, 'b'), 'not a checkpoint');
    await expect(at('b').read()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('reports an unwritable file even on reading, and leaves no partial file', async () => {
    await expect(at('none/a').read()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await mkdir(path.join(dir, 'folder'));
    await expect(at('folder').write(STATE)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(await readdir(dir)).toEqual(['folder']);
    await expect(at('none/a').write(STATE)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
