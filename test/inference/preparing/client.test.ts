import { PreparedClient } from '../../../src/inference/preparing/client';
import type { ProtocolClient } from '../../../src/inference/remote/server-model';

describe('the answer of a server', () => {
  const [here, inThread] = [Float32Array.of(1), Float32Array.of(2)];
  const client = { mostBytes: Infinity, scoresIn: () => here } as unknown as ProtocolClient;
  const threads = { write: () => Promise.reject(new Error('not used')), read: async () => inThread };
  const prepared = new PreparedClient(client, threads, false);

  it('is read at once up to 64 KiB, and in a thread above', async () => {
    expect(await prepared.scoresIn(Buffer.alloc(64 * 1024), 1)).toBe(here);
    expect(await prepared.scoresIn(Buffer.alloc(64 * 1024 + 1), 1)).toBe(inThread);
  });
});
