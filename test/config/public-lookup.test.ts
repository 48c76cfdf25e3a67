import type { LookupAddress } from 'node:dns';
import { createPublicLookup, PRIVATE_ADDRESS } from '../../src/config/public-lookup';

/** What a socket gets from the lookup, for each answer of the name server in turn. */
async function lookedUp(answers: readonly string[][], all: boolean): Promise<unknown[]> {
  let round = 0;
  const lookup = createPublicLookup('some.setting', (_name, _options, callback) => {
    const addresses = answers[round++] ?? [];
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: 4 })),
    );
  });
  const results: unknown[] = [];
  for (const _ of answers)
    results.push(
      await new Promise((resolve) =>
        lookup('images.test', { all }, (error, address) => resolve(error?.code ?? address)),
      ),
    );
  return results;
}

describe('a lookup of public addresses', () => {
  it('gives the addresses that it checked', async () => {
    expect(await lookedUp([['203.0.113.7', '203.0.113.8']], false)).toEqual(['203.0.113.7']);
    expect(await lookedUp([['203.0.113.7', '203.0.113.8']], true)).toEqual([
      [
        { address: '203.0.113.7', family: 4 },
        { address: '203.0.113.8', family: 4 },
      ],
    ]);
  });

  it('checks again for each connection, so that a later answer cannot lead into the private network', async () => {
    const rounds = [['203.0.113.7'], ['127.0.0.1'], ['203.0.113.7', '10.0.0.1']];
    expect(await lookedUp(rounds, true)).toEqual([
      [{ address: '203.0.113.7', family: 4 }],
      PRIVATE_ADDRESS,
      PRIVATE_ADDRESS,
    ]);
  });
});
