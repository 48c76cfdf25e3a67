import { z } from 'zod';
import { isAddress } from '../core/remote-model';
import type { AcrossProblem } from './across-problem';

const MOST_BYTES = 64 * 1024 ** 3;

export const cacheSchema = z
  .strictObject({
    entries: z
      .number()
      .int()
      .min(0)
      .max(100_000_000)
      .default(0)
      .describe(
        'Images whose results are kept in memory, so that equal images are classified once; 0: none.',
      ),
    bytes: z
      .number()
      .int()
      .positive()
      .max(MOST_BYTES)
      .default(256 * 1024 * 1024)
      .describe('Limit of the memory of these results, in bytes.'),
  })
  .prefault({});

/** A server may change its model unnoticed. */
export function cacheProblems({
  cache,
  inference,
}: {
  readonly cache: z.output<typeof cacheSchema>;
  readonly inference: { readonly model: string };
}): AcrossProblem[] {
  if (cache.entries === 0 || !isAddress(inference.model)) return [];
  const message = 'results of a remote model are not kept, since it may change unnoticed; remove it';
  return [{ path: 'cache.entries', message }];
}
