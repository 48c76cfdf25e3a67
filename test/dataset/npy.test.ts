import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readNpy } from '../../src/dataset/npy';
import { npyBytes } from '../helpers/npy';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-npy-'))));
afterAll(() => rm(folder, { recursive: true }));

async function read(bytes: Uint8Array) {
  const file = path.join(folder, 'a.npy');
  await writeFile(file, bytes);
  return await readNpy(file);
}

describe('an .npy file', () => {
  it('has pixels or scores, row by row', async () => {
    expect(await read(npyBytes('|u1', [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)))).toEqual({
      shape: [2, 3],
      values: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
    const halves = Float32Array.of(0.5, -1.5);
    expect(await read(npyBytes('<f4', [2], halves))).toEqual({ shape: [2], values: halves });
    const doubles = Float64Array.of(0.1, 0.2);
    expect(await read(npyBytes('<f8', [1, 2], doubles))).toEqual({ shape: [1, 2], values: doubles });
  });

  it.each<[string, Uint8Array]>([
    ['not an .npy file', Buffer.from('hello')],
    ['not in C order', npyBytes('|u1', [1], Uint8Array.of(1), 'True')],
    ['its type is <i8', npyBytes('<i8', [1], new Uint8Array(8))],
    ['2 numbers instead of 3', npyBytes('|u1', [3], Uint8Array.of(1, 2))],
    ['not in C order', Buffer.from('\x93NUMPY\x02', 'latin1')],
  ])('is refused: %s', async (problem, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'DATASET_CORRUPT',
      message: expect.stringContaining(problem) as string,
    });
  });
});
